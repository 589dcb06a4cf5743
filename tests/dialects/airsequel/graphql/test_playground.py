"""The first query of the page for operations."""

from __future__ import annotations

import engine
from dialects.airsequel.graphql.playground import default_query
from dialects.airsequel.graphql.tables import tables_of


def test_it_has_every_column_of_the_first_table() -> None:
    tables = tables_of({"a b": engine.CollectionSpec("a b", "c", engine.Schema((engine.Field("n"),)))}, {})
    assert default_query(tables) == (
        "query aXX0bQuery {\n  aXX0b( limit: 100 ) {\n    rowid\n    _id\n    n\n  }\n}\n"
    )
    assert default_query(()) == ""
