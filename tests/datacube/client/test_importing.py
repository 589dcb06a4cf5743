"""`datacube import` against the running service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datacube.client import importing
from datacube.client.service import run
from tests.support import Tenant


@pytest.fixture
def environment(anna: Tenant, service_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATACUBE_URL", service_url)
    monkeypatch.setenv("DATACUBE_KEY", anna.key)


def imported(anna: Tenant, *arguments: str) -> int:
    return run(importing.import_file, importing.parser(), ["--database", anna.database, *arguments])


@pytest.mark.usefixtures("environment")
def test_a_small_file_is_imported(anna: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    collection = anna.new_collection()
    file = tmp_path / "films.ndjson"
    file.write_text('{"Director": "A"}\n{"Director": "B"}\n')
    assert imported(anna, str(file), "--collection", collection) == 0
    assert capsys.readouterr().out == f"Imported 2 documents into {collection}.\n"
    assert anna.count(collection) == 2


@pytest.mark.usefixtures("environment")
def test_a_large_file_is_followed_to_its_end(
    anna: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    collection = anna.new_collection()
    file = tmp_path / "films.json"
    file.write_text(json.dumps([{"Director": "x" * 1000, "n": number} for number in range(1200)]))
    assert imported(anna, str(file), "--collection", collection) == 0
    assert capsys.readouterr().out == f"Imported 1,200 documents into {collection}.\n"
    assert anna.count(collection) == 1200


@pytest.mark.usefixtures("environment")
def test_rows_with_errors_are_left_out_or_end_the_import(
    anna: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    collection = anna.new_collection()
    file = tmp_path / "films.csv"
    file.write_text("IMDB Rating\n6.1\nnone\n")
    assert imported(anna, str(file), "--collection", collection) == 1
    error = capsys.readouterr().err
    assert error.startswith("400: ") and "IMDB Rating" in error
    assert anna.count(collection) == 0
    assert imported(anna, str(file), "--collection", collection, "--skip-errors") == 0
    assert capsys.readouterr().out == f"Imported 1 documents into {collection}, 1 rows left out.\n"


@pytest.mark.usefixtures("environment")
def test_a_dry_run_stores_nothing(anna: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    collection = anna.new_collection()
    file = tmp_path / "films.json"
    file.write_text('[{"Director": "A"}]')
    assert imported(anna, str(file), "--collection", collection, "--dry-run") == 0
    assert json.loads(capsys.readouterr().out)["dry_run"] is True
    assert anna.count(collection) == 0


@pytest.mark.usefixtures("environment")
def test_what_prevents_an_import_is_printed(
    anna: Tenant, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert imported(anna, str(tmp_path / "missing.json")) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'missing.json'}: No such file or directory.\n"
    file = tmp_path / "films.json"
    file.write_text("[]")
    monkeypatch.setenv("DATACUBE_URL", "http://127.0.0.1:9")
    assert imported(anna, str(file)) == 1
    assert capsys.readouterr().err.startswith("The service did not answer: ")
