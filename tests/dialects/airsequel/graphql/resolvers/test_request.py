"""What the resolvers of one request share."""

from __future__ import annotations

import json
from typing import Any

import pytest

import engine
from dialects.airsequel.graphql.resolvers.request import GraphRequest
from dialects.airsequel.graphql.tables import GraphColumn, Table, ValueForm

CELL = GraphColumn("a/b", "aXXFb", "a/b", "String", ValueForm.FILE)


@pytest.fixture
def request_of_rows() -> GraphRequest:
    store = engine.Store("mongodb://127.0.0.1:1", limits=engine.Limits())
    database = engine.Database(store, "d", "d", "d", "u1", frozenset(), {})
    return GraphRequest(database, lambda _: database, lambda: "link")


def test_rows_are_counted_up_to_a_cap(request_of_rows: GraphRequest, settings: Any) -> None:
    settings.GRAPHQL_MAX_ROWS = 5
    request_of_rows.count_rows(3)
    request_of_rows.count_rows(2)
    with pytest.raises(engine.TooLarge, match="GRAPHQL_MAX_ROWS"):
        request_of_rows.count_rows(1)


def test_a_cell_with_a_file_has_its_address(request_of_rows: GraphRequest) -> None:
    table = Table("t", "t", (CELL,))
    text = request_of_rows.file_url(table, CELL, {"a/b": "id", "_rowid": 16})
    assert json.loads(text or "") == {"url": "/readonly/link/tables/t/columns/a%2Fb/files/rowid/16"}
    assert request_of_rows.file_url(table, CELL, {"_rowid": 16}) is None
