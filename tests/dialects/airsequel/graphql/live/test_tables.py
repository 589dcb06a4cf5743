"""Which tables a subscription reads."""

from __future__ import annotations

import pytest
from graphql import parse

import engine
from dialects.airsequel.graphql.live.tables import tables_read
from dialects.airsequel.graphql.relations import relations_of
from dialects.airsequel.graphql.schema.build import build_schema
from dialects.airsequel.graphql.schema.cache import CompiledSchema
from dialects.airsequel.graphql.tables import tables_of
from engine import Action

FIELDS = {"people": (), "books": (engine.Field("author", "reference", collection="people"),), "others": ()}
SPECS = {name: engine.CollectionSpec(name, name, engine.Schema(fields)) for name, fields in FIELDS.items()}
READ = [
    ("subscription { books { rowid } }", {"books"}),
    ("subscription { books_by_pk(rowid: 1) { author_row { rowid } } }", {"books", "people"}),
    ("subscription { ...F } fragment F on Subscription { people { ... { books_by_author { rowid } } } }", None),
    ("subscription { books_aggregate { count } }", {"books"}),
]


@pytest.mark.parametrize(("query", "tables"), READ)
def test_tables_of_the_rows_and_of_their_relations(query: str, tables: set[str] | None) -> None:
    declared = tables_of(SPECS, {})
    relations = relations_of(declared)
    schema = build_schema(declared, frozenset({Action.READ}), relations=relations)
    compiled = CompiledSchema(SPECS, declared, schema, relations, is_extended=True)
    assert tables_read(compiled, parse(query), None) == ({"books", "people"} if tables is None else tables)
