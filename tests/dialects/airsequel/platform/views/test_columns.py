"""Columns: values are converted, unique values are checked, and the place stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.airsequel.support import Airsequel


@pytest.fixture(scope="module")
def table(airsequel: Airsequel) -> str:
    """The address of a table with two rows."""
    db_id = airsequel.new_database("CREATE TABLE t (a TEXT, b TEXT)")
    rows = [{"a": "1", "b": "x"}, {"a": "2", "b": "x"}]
    body = {"database_id": airsequel.catalog_id(db_id), "collection_name": "t", "data": rows}
    assert airsequel.tenant.ask("POST /api/crud", json=body).status_code == 201
    return f"/api/dbs/{db_id}/tables/t"


def columns(airsequel: Airsequel, table: str) -> list[tuple[str, str, list[Any]]]:
    content = airsequel.get(f"GET {table}")["columns"]
    return [(item["name"], item["sqliteDataType"], item["items"]) for item in content]


def test_values_are_converted(airsequel: Airsequel, table: str) -> None:
    airsequel.get(f"PATCH {table}/columns/a", json={"sqliteDataType": "INTEGER", "isUnique": True, "name": "n"})
    assert columns(airsequel, table) == [("n", "INTEGER", [1, 2]), ("b", "TEXT", ["x", "x"])]
    assert airsequel.ask(f"PATCH {table}/columns/b", json={"isUnique": True}).status_code == 409
    assert airsequel.ask(f"PATCH {table}/columns/b", json={"sqliteDataType": "REAL"}).status_code == 409
    assert columns(airsequel, table) == [("n", "INTEGER", [1, 2]), ("b", "TEXT", ["x", "x"])]
