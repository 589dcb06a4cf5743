"""The extended schema: rows, relations and aggregates as they were at a time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from tests.dialects.airsequel.graphql.support import GraphClient

READ = """query Q($at: DateTime) {
  books(where: {title: {_in: ["A", "C"]}}, as_of: $at) { rowid title pages author_row { name age } }
  page: books(limit: 1, offset: 1, order_by: [{rowid: DESC}], as_of: $at) { title }
  people_by_pk(rowid: 2, as_of: $at) { name books_by_author { title pages } }
  books_aggregate(group_by: [kind], as_of: $at) { group { kind } count sum { pages } }
}"""
CHANGE = """mutation {
  a: update_books(where: {title: {_eq: "A"}}, _set: {pages: 99, author: null}) { affected_rows }
  b: update_people_by_pk(rowid: 2, _set: {name: "Robert"}) { affected_rows }
  c: delete_books(where: {title: {_eq: "C"}}) { affected_rows }
}"""
BACK = """mutation M($ada: String, $bob: String) {
  a: update_books(where: {title: {_eq: "A"}}, _set: {pages: 10, author: $ada}) { affected_rows }
  b: update_people_by_pk(rowid: 2, _set: {name: "Bob"}) { affected_rows }
  c: insert_books(objects: {title: "C", pages: 5, kind: "y", author: $bob, rowid: 3}) { affected_rows }
}"""


def test_every_query_has_a_time(library: GraphClient) -> None:
    before = library.run(READ, at=None)
    assert before["people_by_pk"] == {"name": "Bob", "books_by_author": [{"title": "C", "pages": 5}]}
    ids = {row["name"]: row["_id"] for row in library.run("{ people { name _id } }")["people"]}
    time.sleep(0.01)
    at = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    library.run(CHANGE)
    now = library.run(READ, at=None)
    assert now["books"] == [{"rowid": 1, "title": "A", "pages": 99, "author_row": None}]
    assert now["people_by_pk"] == {"name": "Robert", "books_by_author": []}
    assert library.run(READ, at=at) == before
    library.run(BACK, ada=ids["Ada"], bob=ids["Bob"])
    assert library.run(READ, at=at) == before == library.run(READ)


def test_times_that_are_refused(library: GraphClient) -> None:
    cases: list[tuple[Any, str]] = [
        ("2999-01-01", "Must not be in the future."),
        ("soon", 'Must be a time in ISO 8601, such as "2026-01-31T12:00:00Z".'),
        (5, 'Must be a time in ISO 8601, such as "2026-01-31T12:00:00Z".'),
    ]
    for at, text in cases:
        (message,) = library.errors("query Q($at: DateTime) { books(as_of: $at) { title } }", at=at)
        assert text in message
    (message,) = library.errors('{ books(as_of: "x") { title } }')
    assert "Must be a time in ISO 8601" in message
    (message,) = library.errors('subscription { books(as_of: "2020-01-01") { title } }')
    assert message.startswith("Unknown argument 'as_of'")
