"""The extended schema: nested filters, and rows that relations lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.dialects.airsequel.graphql.support import GraphClient

READS = [
    (
        'people(where: {_or: [{name: {_eq: "Ada"}}, {age: {_gte: 18, _lt: 30}}]}) { name }',
        [{"name": "Ada"}, {"name": "Bob"}],
    ),
    ("people(where: {_not: {age: {_gt: 0}}}) { name }", [{"name": "Cy"}]),
    ('people(where: {_and: [{age: {_gt: 0}}], name: {_neq: "Bob"}}) { name }', [{"name": "Ada"}]),
    ("people(where: {_or: []}) { name }", []),
    (
        "books { title author_row { name } }",
        [
            {"title": "A", "author_row": {"name": "Ada"}},
            {"title": "B", "author_row": {"name": "Ada"}},
            {"title": "C", "author_row": {"name": "Bob"}},
            {"title": "D", "author_row": None},
        ],
    ),
    (
        "people { name books_by_author { title author_row { age } } }",
        [
            {
                "name": "Ada",
                "books_by_author": [
                    {"title": "A", "author_row": {"age": 36}},
                    {"title": "B", "author_row": {"age": 36}},
                ],
            },
            {"name": "Bob", "books_by_author": [{"title": "C", "author_row": {"age": 20}}]},
            {"name": "Cy", "books_by_author": []},
        ],
    ),
    ("people_by_pk(rowid: 2) { books_by_author { title } }", {"books_by_author": [{"title": "C"}]}),
]


@pytest.mark.parametrize(("query", "result"), READS)
def test_reads(library: GraphClient, query: str, result: Any) -> None:
    (answer,) = library.run(f"{{ {query} }}").values()
    assert answer == result


def test_what_a_change_returns_has_relations(library: GraphClient) -> None:
    query = """mutation { update_books(where: {title: {_in: ["C"]}}, _set: {pages: 6}) {
        affected_rows returning { pages author_row { name } } } }"""
    returned = library.run(query)["update_books"]
    assert returned == {"affected_rows": 1, "returning": [{"pages": 6, "author_row": {"name": "Bob"}}]}
    library.run("mutation { update_books_by_pk(rowid: 3, _set: {pages: 5}) { affected_rows } }")


def test_rows_count_as_often_as_the_answer_has_them(library: GraphClient) -> None:
    """A relation that is followed back and forth shows few rows very often."""
    inner = "title"
    for _ in range(11):
        inner = f"title author_row {{ books_by_author {{ {inner} }} }}"
    start = library.ask(f"{{ books {{ {inner} }} }}")
    assert "(GRAPHQL_MAX_ROWS)" in start.json()["errors"][0]["message"]


def test_the_published_schema_stays_flat(library: GraphClient) -> None:
    (message,) = replace(library, version="").errors("{ books { author_row { name } } }")
    assert message == "Cannot query field 'author_row' on type 'books_row'. Did you mean 'author'?"
