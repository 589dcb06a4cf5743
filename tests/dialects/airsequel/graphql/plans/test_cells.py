"""Rows of documents: column by column, or one by itself."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLError

from dialects.airsequel.graphql.plans.cells import CellPlan, Cells, NotPlanned
from dialects.airsequel.graphql.tables import GraphColumn

NAME = GraphColumn("name", "name", "name", "String", is_required=True)
AGE = GraphColumn("age", "age", "age", "Int")
CELLS = Cells(
    (CellPlan.of_column("n", NAME), CellPlan.constant("__typename", "t_row"), CellPlan.of_column("age", AGE))
)
DOCUMENTS: list[dict[str, Any]] = [{"name": "a", "age": 1}, {"name": "b", "age": 2.0}, {"name": "c"}]


def test_rows_have_their_cells_in_order() -> None:
    rows = CELLS.rows(DOCUMENTS)
    assert [[*row.items()] for row in rows] == [
        [("n", name), ("__typename", "t_row"), ("age", age)] for name, age in (("a", 1), ("b", 2), ("c", None))
    ]
    assert [CELLS.row(document) for document in DOCUMENTS] == rows
    assert (CELLS.rows([]), CELLS.row(None)) == ([], None)


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"age": 1}, NotPlanned),
        ({"name": "a", "age": "x"}, GraphQLError),
        ({"name": "a", "age": 2**31}, GraphQLError),
    ],
)
def test_what_graphql_core_must_report(document: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        CELLS.rows([*DOCUMENTS, document])
    with pytest.raises(error):
        CELLS.row(document)
