"""Lists of rows are completed at once, with the answers and errors of graphql-core."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLResolveInfo, execute_sync, parse

import engine
from dialects.airsequel.graphql.executor import RowExecutor
from dialects.airsequel.graphql.schema.build import build_schema
from dialects.airsequel.graphql.tables import tables_of
from engine import Action

FIELDS = (engine.Field("n", "number"), engine.Field("must", required=True))
TABLES = tables_of({"t": engine.CollectionSpec("t", "t", engine.Schema(FIELDS))}, {})
LISTS = [
    [],
    [{"_rowid": 1, "n": 2, "must": "a"}, {"_rowid": 2, "must": "b"}],
    [{"_rowid": 1, "n": "no number", "must": "a"}, {"_rowid": 2, "n": 1, "must": "b"}],
    [{"_rowid": 1, "n": 1}],
]


@pytest.mark.parametrize("rows", LISTS)
@pytest.mark.parametrize("cells", ["rowid n must", "a: n b: n", "__typename n", "...F"])
def test_answers_are_those_of_graphql_core(rows: list[dict[str, Any]], cells: str) -> None:
    schema = build_schema(TABLES, frozenset({Action.READ}))
    assert schema.query_type is not None

    def resolve(_: Any, info: GraphQLResolveInfo) -> list[dict[str, Any]]:
        return rows

    schema.query_type.fields["t"].resolve = resolve
    fragment = "fragment F on t_row { n must }" if "F" in cells else ""
    document = parse(f"{{ t {{ {cells} }} }} {fragment}")
    fast = execute_sync(schema, document, executor_class=RowExecutor)
    assert fast.formatted == execute_sync(schema, document).formatted
