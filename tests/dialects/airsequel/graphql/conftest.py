"""Fixtures of GraphQL: a database with tables, and a client of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.dialects.airsequel.graphql.support import GraphClient
from tests.support import Tenant, make_database

USERS = [
    {"name": "name"},
    {"name": "email", "unique": True, "required": True},
    {"name": "age", "type": "number"},
    {"name": "admin", "type": "boolean"},
    {"name": "born", "type": "date"},
    {"name": "data", "type": "json"},
    {"name": "created_utc"},
]
COLLECTIONS = [
    {"name": "users", "fields": USERS},
    {
        "name": "songs",
        "fields": [{"name": "title", "required": True}, {"name": "kind", "type": "enum", "enum": ["a"]}],
    },
    {"name": "odd-table", "fields": [{"name": "full name"}]},
]


@pytest.fixture(scope="module")
def graph(anna: Tenant) -> GraphClient:
    """A client of a database with users, songs, and a table with a special name."""
    database, _ = make_database(anna.client, anna.bearer, collections=COLLECTIONS)
    return GraphClient(anna, database)


PEOPLE = [
    {"name": "Ada", "email": "ada@example.org", "age": 36.5, "admin": True, "born": "1815-12-10"},
    {"name": "Bob", "email": "bob@example.org", "age": 20, "admin": False, "data": '{"tags": [1, null]}'},
    {"name": None, "email": "eve@EXAMPLE.com"},
    {"name": "Zoë", "email": "zoe@example.org", "age": 20},
]


@pytest.fixture(scope="module")
def people(graph: GraphClient) -> GraphClient:
    """The client of a database with four users, whose rowids are 1 to 4."""
    query = (
        "mutation M($o: [users_insert_input!]!) { insert_users(objects: $o) { affected_rows returning { rowid } } }"
    )
    assert graph.run(query, o=PEOPLE) == {
        "insert_users": {"affected_rows": 4, "returning": [{"rowid": n} for n in (1, 2, 3, 4)]}
    }
    return graph


WRITERS = [{"name": "name"}, {"name": "age", "type": "number"}]
BOOKS = [
    {"name": "title"},
    {"name": "pages", "type": "number"},
    {"name": "kind"},
    {"name": "author", "type": "reference", "collection": "people"},
    {"name": "readers", "type": "reference", "collection": "people", "many": True},
]


@pytest.fixture(scope="module")
def library(anna: Tenant) -> GraphClient:
    """A database of three people and four books, the last one without an author."""
    collections = [{"name": "people", "fields": WRITERS}, {"name": "books", "fields": BOOKS}]
    database, _ = make_database(anna.client, anna.bearer, collections=collections)
    tenant = replace(anna, database=database)
    ada, bob, _ = tenant.insert("people", [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 20}, {"name": "Cy"}])
    books: list[dict[str, Any]] = [
        {"title": "A", "pages": 10, "kind": "x", "author": ada, "readers": [bob, ada]},
        {"title": "B", "pages": 30, "kind": "x", "author": ada},
        {"title": "C", "pages": 5, "kind": "y", "author": bob},
        {"title": "D"},
    ]
    tenant.insert("books", books)
    return GraphClient(anna, database, "/v2")
