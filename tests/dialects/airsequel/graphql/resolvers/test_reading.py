"""Queries: rows that match, in order, and rows by their key."""

from __future__ import annotations

import pytest

from tests.dialects.airsequel.graphql.support import GraphClient

READS: list[tuple[str, list[int]]] = [
    ("", [1, 2, 3, 4]),
    ("(where: {})", [1, 2, 3, 4]),
    ("(limit: 2)", [1, 2]),
    ("(limit: 0)", []),
    ("(limit: 2, offset: 1)", [2, 3]),
    ("(order_by: [{age: DESC}, {rowid: DESC}])", [1, 4, 2, 3]),
    ("(order_by: {age: asc})", [3, 2, 4, 1]),
    ('(where: {name: {_eq: "Ada"}})', [1]),
    ("(filter: {name: {eq: null}})", [3]),
    ('(where: {name: {_neq: "Ada"}})', [2, 3, 4]),
    ("(where: {name: {_neq: null}})", [1, 2, 4]),
    ("(where: {age: {_gt: 20}})", [1]),
    ("(where: {age: {_gte: 20}, admin: {_eq: false}})", [2]),
    ("(where: {age: {_lt: null}})", []),
    ("(where: {age: {_in: [20, null]}})", [2, 4]),
    ("(where: {age: {_nin: [20]}})", [1, 3]),
    ("(where: {age: {_nin: []}})", [1, 2, 3, 4]),
    ('(where: {email: {_like: "%@example.org"}})', [1, 2, 4]),
    ('(where: {email: {_ilike: "%@example.___"}})', [1, 2, 3, 4]),
    ('(where: {name: {_like: "Zo_"}})', [4]),
    ('(where: {born: {_lt: "1900-01-01"}})', [1]),
    ('(where: {data: {_eq: "{\\"tags\\": [1, null]}"}})', [2]),
    ('(where: {_id: {_eq: "no id"}})', []),
    ("(where: {rowid: {_in: [2, 9]}})", [2]),
]


@pytest.mark.parametrize(("arguments", "rowids"), READS)
def test_rows_that_match(people: GraphClient, arguments: str, rowids: list[int]) -> None:
    rows = people.run(f"{{ users{arguments} {{ rowid }} }}")["users"]
    assert [row["rowid"] for row in rows] == rowids


def test_cells(people: GraphClient) -> None:
    rows = people.run("{ users { n: name age admin born data __typename created_utc } }")["users"]
    nothing = {"born": None, "data": None, "__typename": "users_row", "created_utc": None}
    assert rows == [
        {"n": "Ada", "age": 36.5, "admin": True, **nothing, "born": "1815-12-10"},
        {"n": "Bob", "age": 20, "admin": False, **nothing, "data": '{"tags":[1,null]}'},
        {"n": None, "age": None, "admin": None, **nothing},
        {"n": "Zoë", "age": 20, "admin": None, **nothing},
    ]


def test_rows_by_key_are_read_together(people: GraphClient) -> None:
    query = """query Q($one: Int!, $with: Boolean!) {
        a: users_by_pk(rowid: $one) { ...F } b: users_by_pk(rowid: 2) { email } c: users_by_pk(rowid: 99) { email }
        d: users_by_pk(rowid: 3) @include(if: $with) { email } }
        fragment F on users_row { name born }"""
    assert people.run(query, one=1, **{"with": False}) == {
        "a": {"name": "Ada", "born": "1815-12-10"},
        "b": {"email": "bob@example.org"},
        "c": None,
    }
