"""Imports of files and texts by both clients."""

from __future__ import annotations

import io
import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from datacube_client import Database, InvalidRequestError, JobFailedError


def test_a_small_import(database: Database, tmp_path: Path) -> None:
    file = tmp_path / f"c_{secrets.token_hex(6)}.csv"
    file.write_text("kind,n\nlogin,3\nlogout,many\n")
    columns = {"n": {"name": "n", "type": "number"}}
    preview = database.import_file(file, columns=columns, on_error="skip", dry_run=True)
    assert preview["checked_count"] == 2
    imported = database.import_file(file, columns=columns, on_error="skip")
    assert (imported["collection"], imported["inserted_count"], imported["rejected_count"]) == (file.stem, 1, 1)


def test_a_large_import_reports_its_progress(database: Database) -> None:
    name = f"c_{secrets.token_hex(6)}"
    content = json.dumps([{"n": n, "text": "x" * 100} for n in range(12_000)]).encode()
    records: list[dict[str, Any]] = []
    imported = database.import_file(io.BytesIO(content), collection=name, progress=records.append)
    assert (imported["state"], imported["inserted_count"]) == ("done", 12_000)
    assert records[-1]["percent"] == 100
    assert database.collection(name).count() == 12_000


def test_a_large_import_that_fails(database: Database) -> None:
    content = json.dumps([{"n": n, "text": "x" * 100} for n in range(12_000)])[:-1].encode()
    with pytest.raises(JobFailedError) as caught:
        database.import_file(content, collection=f"c_{secrets.token_hex(6)}")
    assert caught.value.errors[0].field == "json_file"


def test_an_invalid_file(database: Database) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        database.import_file(b"[{]", file_name="broken.json")
    assert caught.value.errors[0].field == "json_file"


@pytest.mark.parametrize(
    ("on_duplicate", "counts", "values"),
    [("skip", (1, 0, 1), [1, 3]), ("upsert", (1, 1, 0), [2, 3]), ("replace", (1, 1, 0), [2, 3])],
)
def test_rows_with_a_key(database: Database, on_duplicate: str, counts: tuple[int, ...], values: list[int]) -> None:
    name = f"c_{secrets.token_hex(6)}"
    database.import_file(b"code,n\nA,1\n", file_name="x.csv", collection=name)
    rows = {"file_name": "x.csv", "collection": name, "key": "code", "on_duplicate": on_duplicate}
    imported = database.import_file(b"code,n\nA,2\nB,3\n", **rows)
    assert tuple(imported[f"{kind}_count"] for kind in ("inserted", "updated", "skipped")) == counts
    assert [document["n"] for document in database.collection(name).find(sort="code")] == values


@pytest.mark.parametrize(
    ("text", "format"),
    [('[{"city": "Köln"}]', None), ('{"city": "Köln"}\n'.encode(), None), ("city\nKöln\n", "csv")],
)
def test_a_text(database: Database, text: str | bytes, format: str | None) -> None:
    cities = database.collection(f"c_{secrets.token_hex(6)}")
    assert cities.import_text(text, format=format, dry_run=True)["checked_count"] == 1
    assert cities.import_text(text, format=format)["inserted_count"] == 1
    again = cities.import_text(text, format=format, key="city", on_duplicate="upsert")
    assert (again["inserted_count"], again["unchanged_count"]) == (0, 1)
    assert [document["city"] for document in cities.find()] == ["Köln"]
