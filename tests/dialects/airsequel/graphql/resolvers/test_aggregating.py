"""The extended schema: aggregates of all rows, and of groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.airsequel.graphql.support import GraphClient

READS = [
    (
        "books_aggregate { count sum { pages } avg { pages } min { title } max { pages title } }",
        [
            {
                "count": 4,
                "sum": {"pages": 45},
                "avg": {"pages": 15},
                "min": {"title": "A"},
                "max": {"pages": 30, "title": "D"},
            }
        ],
    ),
    (
        "books_aggregate(group_by: [kind], where: {pages: {_gt: 0}}) { count group { kind } sum { pages } }",
        [
            {"count": 2, "group": {"kind": "x"}, "sum": {"pages": 40}},
            {"count": 1, "group": {"kind": "y"}, "sum": {"pages": 5}},
        ],
    ),
    ("books_aggregate(where: {pages: {_gt: 99}}) { count max { pages } }", [{"count": 0, "max": {"pages": None}}]),
]


@pytest.mark.parametrize(("query", "result"), READS)
def test_reads(library: GraphClient, query: str, result: Any) -> None:
    (answer,) = library.run(f"{{ {query} }}").values()
    assert answer == result
