"""Which queries have a plan, and what it reads."""

from __future__ import annotations

import pytest
from graphql import parse

import engine
from catalog.services.metadata.tables import ColumnDeclaration, TableDeclaration
from dialects.airsequel.graphql.plans.compiling import compile_query
from dialects.airsequel.graphql.plans.plan import ListField
from dialects.airsequel.graphql.schema.build import build_schema
from dialects.airsequel.graphql.tables import tables_of
from engine import Action

FIELDS = (engine.Field("n", "number"), engine.Field("cell"), engine.Field("author", "reference", collection="t"))
SPECS = {"t": engine.CollectionSpec("t", "t", engine.Schema(FIELDS))}
DECLARED = {"t": TableDeclaration(columns={"cell": ColumnDeclaration("BLOB")})}
SCHEMA = build_schema(tables_of(SPECS, DECLARED), frozenset(Action))
WITHOUT_PLAN = [
    "{ t { cell } }",
    "mutation { delete_t(where: {}) { affected_rows } }",
    "query Q @skip(if: false) { t { n } }",
    "{ t(where: {n: {_gt: 1, _lt: 2}}) { n } }",
    "query A { t { n } } query B { t { n } }",
]


@pytest.mark.parametrize("query", WITHOUT_PLAN)
def test_what_graphql_core_executes(query: str) -> None:
    assert compile_query(SCHEMA, parse(query), None) is None


def test_a_list_without_variables_is_prepared_once() -> None:
    plan = compile_query(
        SCHEMA, parse("query A { t(limit: 2, order_by: [{n: DESC}]) { n } } query B { t { n } }"), "A"
    )
    assert plan is not None
    (field,) = plan.fields
    assert isinstance(field, ListField)
    assert field.fixed is not None
    query = field.fixed.query
    assert (query.sort, query.fields, field.fixed.limit) == ((("n", -1),), {"_id": 1, "n": 1}, 2)


def test_rows_of_one_table_are_one_batch() -> None:
    text = "query ($k: Int!) { a: t_by_pk(rowid: $k) { n } b: t_by_pk(rowid: 2) { author } }"
    plan = compile_query(SCHEMA, parse(text), None)
    assert plan is not None
    (batch,) = plan.batches
    assert batch.fields == {"_rowid": 1, "_id": 1, "n": 1, "author": 1}
    assert [(key.value, key.variable) for key in batch.keys] == [(None, "k"), (2, "")]
