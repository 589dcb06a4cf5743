"""Compiled queries answer what graphql-core answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

import engine
from dialects.airsequel.graphql.execution import GraphOperation, run
from dialects.airsequel.graphql.plans.checked import CheckedOperation
from dialects.airsequel.graphql.resolvers.request import GraphRequest
from dialects.airsequel.graphql.schema.build import build_schema
from dialects.airsequel.graphql.schema.cache import CompiledSchema
from dialects.airsequel.graphql.tables import tables_of
from engine import Action

FIELDS = (
    engine.Field("n", "number"),
    engine.Field("must", required=True),
    engine.Field("b", "boolean"),
    engine.Field("j", "json"),
)
SPECS = {"t": engine.CollectionSpec("t", "t", engine.Schema(FIELDS))}
TABLES = tables_of(SPECS, {})
ROWS: list[dict[str, Any]] = [
    {"_id": "1", "_rowid": 1, "n": 2, "must": "a", "b": True, "j": {"x": [1]}},
    {"_id": "2", "_rowid": 2, "n": 2.5, "must": "b", "b": 1},
    {"_id": "3", "_rowid": 3, "must": "c", "j": "text"},
]
BROKEN = [{"_id": "4", "_rowid": 4, "n": "no number", "must": "d"}, {"_id": "5", "_rowid": 5, "n": 1}]


class Rows:
    """A collection in memory, with as much of the handle as queries use."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self.reads = 0

    def find(self, query: engine.Query) -> Any:
        self.reads += 1
        keys = query.filter.get("_rowid", {}).get("$in")
        rows = [dict(row) for row in self.rows if keys is None or row["_rowid"] in keys]
        return SimpleNamespace(documents=rows[query.skip :][: query.limit], next=None)

    def find_number(self, field: str, number: int, *, fields: Mapping[str, int]) -> dict[str, Any] | None:
        return next((dict(row) for row in self.rows if row[field] == number), None)


class Request(GraphRequest):
    """A request whose tables are in memory."""

    def collection(self, table: Any) -> engine.Collection:
        return cast(engine.Collection, self.database)


def schema() -> CompiledSchema:
    return CompiledSchema(SPECS, TABLES, build_schema(TABLES, frozenset({Action.READ})))


def answers(operation: GraphOperation, rows: list[dict[str, Any]]) -> tuple[Any, Any, bool]:
    """Return the answer, that of graphql-core alone, and whether the operation has a plan."""
    database = cast(engine.Database, Rows(rows))
    request = Request(database, lambda _: database, lambda: "r")
    compiled = schema()
    answer = run(compiled, request, operation)
    checked = compiled.operations.get((operation.query, operation.name))
    assert isinstance(checked, CheckedOperation)
    compiled.operations.put((operation.query, operation.name), replace(checked, plan=None))
    again = run(compiled, request.restarted(), operation)
    return json.loads(answer), json.loads(again), checked.plan is not None


PLANNED: list[tuple[str, dict[str, Any] | None]] = [
    ("{ t { rowid n must b j _id } }", None),
    ("{ a: t(limit: 1, offset: 1) { x: n must } b: t(where: {n: {_gt: 1}}) { must } }", None),
    ("{ t { ...F __typename } } fragment F on t_row { n ... on t_row { must n } }", None),
    ("{ t(limit: 0) { n } }", {}),
    ("{ a: t(limit: 2) { n } b: t(limit: 2) { must x: n } c: t(limit: 2) { j } d: t(limit: 3) { n } }", None),
    ("query Q($n: Int) { a: t(limit: $n) { n } b: t(limit: $n) { must b } c: t(limit: 1) { n } }", {"n": 2}),
    ("{ t_by_pk(rowid: 2) { n b } none: t_by_pk(rowid: 9) { n } }", None),
    ("query Q($id: Int!) { t_by_pk(rowid: $id) { n } one: t_by_pk(rowid: 1) { n j } }", {"id": 3}),
    ("query Q($n: Int) { one: t_by_pk(rowid: 1) { n } t(limit: $n) { n } more: t(limit: 1) { n } }", {"n": -1}),
    ("query Q($w: t_filter) { t { n } a: t(where: $w) { n } }", {"w": {"n": {"_gt": 1, "_lt": 2}}}),
    ("query Q($n: Int = 2, $w: t_filter) { t(limit: $n, where: $w) { n } }", {"w": {"n": {"_eq": None}}}),
]
BY_GRAPHQL_CORE: list[tuple[str, dict[str, Any] | None]] = [
    ("query Q($yes: Boolean!) { t { n @include(if: $yes) must } }", {"yes": False}),
    ("{ t { n } t { must } }", None),
    ("{ __typename t { n } }", None),
    ("{ t(limit: -1) { n } t_by_pk(rowid: 1) { n } }", None),
]


@pytest.mark.parametrize(("query", "variables"), PLANNED)
@pytest.mark.parametrize("rows", [[], ROWS, ROWS + BROKEN])
def test_answers_are_those_of_graphql_core(
    query: str, variables: dict[str, Any] | None, rows: list[dict[str, Any]]
) -> None:
    answer, expected, is_planned = answers(GraphOperation(query, None, variables), rows)
    assert (answer, is_planned) == (expected, True)


@pytest.mark.parametrize(("query", "variables"), BY_GRAPHQL_CORE)
def test_other_queries_have_no_plan(query: str, variables: dict[str, Any] | None) -> None:
    answer, expected, is_planned = answers(GraphOperation(query, None, variables), ROWS)
    assert (answer, is_planned) == (expected, False)


@pytest.mark.parametrize("inputs", [{}, {"id": None}, {"id": "1"}, {"id": 2**31}, {"id": 1.5}, {"id": True}])
def test_errors_of_variables_are_those_of_graphql_core(inputs: dict[str, Any]) -> None:
    query = "query Q($id: Int!) { t_by_pk(rowid: $id) { n } }"
    answer, expected, is_planned = answers(GraphOperation(query, None, inputs), ROWS)
    assert (answer, is_planned) == (expected, True)
    assert "errors" in answer


@pytest.mark.parametrize(
    ("head", "arguments"), [("", "limit: 2, where: {n: {_gt: 1}}"), ("query ($n: Int = 2)", "limit: $n")]
)
def test_equal_lists_are_read_once(head: str, arguments: str) -> None:
    rows = Rows(ROWS)
    request = Request(cast(engine.Database, rows), lambda _: request.database, lambda: "r")
    lists = " ".join(f"a{number}: t({arguments}) {{ n must }}" for number in range(5))
    run(schema(), request, GraphOperation(f"{head} {{ {lists} t(limit: 1) {{ b }} }}"))
    assert (rows.reads, request.rows) == (2, 11)


def test_each_of_equal_lists_counts_its_rows(settings: Any) -> None:
    settings.GRAPHQL_MAX_ROWS = 5
    answer, expected, is_planned = answers(GraphOperation("{ a: t { n } b: t { n } }"), ROWS)
    assert (answer, is_planned) == (expected, True)
    assert answer["errors"][0]["path"] == ["b"]
