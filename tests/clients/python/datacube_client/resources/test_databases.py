"""Databases, imports, clones and SQL by both clients."""

from __future__ import annotations

import io
import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from datacube_client import Database, DataCube, InvalidRequestError, JobFailedError, NotFoundError
from tests.support import Tenant


def test_a_database_from_its_creation_to_its_drop(driver: Any, service_url: str) -> None:
    client = DataCube(service_url)
    client._driver = driver
    name = f"d_{secrets.token_hex(6)}"
    created = client.create_database(name, [{"name": "people", "fields": [{"name": "email"}]}])
    database = client.database(created["database"]["id"])
    database._driver = driver
    assert [item["id"] for item in client.databases(search=name, page_size=1)] == [database.id]
    assert client.stats()["databases"] >= 1
    added = database.add_collections([{"name": "orders", "fields": [{"name": "total"}]}])
    assert added[0]["created"] is True
    assert [item["name"] for item in database.collections()] == ["people", "orders"]
    assert database.metadata()["displayName"] == name
    database.drop_collections(["orders"])
    clone = database.clone(f"{name}_copy")
    assert [item["name"] for item in Database(driver, clone["database"]["id"]).collections()] == ["people"]
    database.drop(confirmation=name)
    with pytest.raises(NotFoundError):
        database.collections()


def test_sql(database: Database) -> None:
    assert database.sql("SELECT 1 + 1 AS two")["data"] == [{"two": 2}]


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


def test_a_restore_of_a_database(database: Database, anna: Tenant) -> None:
    people = database.collection(anna.new_collection({"name": "name"}))
    (document_id,) = people.insert([{"name": "Ann"}])
    (version,) = people.versions(document_id)
    assert people._members["collection_name"] in database.restore(version["from"], dry_run=True)["collections"]
