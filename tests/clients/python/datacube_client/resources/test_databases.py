"""Databases, clones, usage and SQL by both clients."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from datacube_client import Database, DataCube, NotFoundError
from tests.support import Tenant


def test_a_database_from_its_creation_to_its_drop(driver: Any, service_url: str) -> None:
    client = DataCube(service_url)
    client._driver = driver
    name = f"d_{secrets.token_hex(6)}"
    created = client.create_database(name, [{"name": "people", "fields": [{"name": "email"}]}], keys=True)
    assert sorted(created["keys"]) == ["full", "read_only"]
    database = client.database(created["database"]["id"])
    database._driver = driver
    assert [item["id"] for item in client.databases(search=name, page_size=1)] == [database.id]
    assert client.stats()["databases"] >= 1
    assert database.id in [item["id"] for item in client.usage(days=1)["databases"]]
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


def test_a_restore_of_a_database(database: Database, anna: Tenant) -> None:
    people = database.collection(anna.new_collection({"name": "name"}))
    (document_id,) = people.insert([{"name": "Ann"}])
    (version,) = people.versions(document_id)
    assert people._members["collection_name"] in database.restore(version["from"], dry_run=True)["collections"]
