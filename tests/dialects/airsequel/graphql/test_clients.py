"""Published client programs: their requests, and a client library as it is."""

from __future__ import annotations

from typing import Any

import pytest
from gql import Client, gql
from gql.transport.httpx import HTTPXTransport

from tests.dialects.airsequel.graphql.support import GraphClient
from tests.support import Tenant, make_database

TODOS = [{"name": "title", "required": True}, {"name": "completed", "type": "boolean"}]
PARTS = [
    {"name": "code", "type": "number", "unique": True},
    {"name": "maker"},
    {"name": "note"},
    {"name": "stock", "type": "number"},
]


@pytest.fixture(scope="module")
def program(anna: Tenant) -> GraphClient:
    collections = [{"name": "todos", "fields": TODOS}, {"name": "parts", "fields": PARTS}]
    database, _ = make_database(anna.client, anna.bearer, collections=collections)
    return GraphClient(anna, database)


def test_the_list_of_things_to_do(program: GraphClient) -> None:
    """Replay the example program: its variables may be null where the schema requires values."""
    insert = """mutation InsertTodos ($objects: [todos_insert_input]) {
      insert_todos(objects: $objects) { affected_rows } }"""
    objects = [{"title": "Buy milk"}, {"title": "Sleep", "completed": True}]
    assert program.run(insert, objects=objects) == {"insert_todos": {"affected_rows": 2}}
    listed = program.run("query GetTodos { todos { rowid title completed } }")["todos"]
    assert listed == [
        {"rowid": 1, "title": "Buy milk", "completed": None},
        {"rowid": 2, "title": "Sleep", "completed": True},
    ]
    update = """mutation UpdateTodos ( $filter: todos_filter, $set: todos_set_input ) {
      update_todos( filter: $filter, set: $set, ) { affected_rows } }"""
    changed = program.run(update, filter={"rowid": {"eq": 1}}, set={"completed": True})
    assert changed == {"update_todos": {"affected_rows": 1}}
    delete = "mutation DeleteTodos ( $filter: todos_filter ) { delete_todos(filter: $filter) { affected_rows } }"
    assert program.run(delete, filter={"completed": {"eq": True}}) == {"delete_todos": {"affected_rows": 2}}
    assert program.ask(delete, variables={"filter": None}).json()["data"] is None
    (message,) = program.errors(insert, objects=[None])
    assert message == "objects: Must be a list of rows, none of them null."


def test_rows_are_updated_by_their_rowid(program: GraphClient) -> None:
    """Send what a program that mirrors another service does: look rowids up, insert or update by rowid, delete."""
    look_up = "query Known($codes: [Float]) { parts(filter: {code: {in: $codes}}) { key: code rowid } }"
    save = """mutation Save($parts: [parts_insert_input!]!) {
        insert_parts(objects: $parts, on_conflict: {constraint: rowid, update_columns: [stock, note]}) {
            affected_rows returning { rowid maker } } }"""
    remove = "mutation Remove($code: Float!) { delete_parts(filter: {code: {eq: $code}}) { returning { rowid } } }"
    assert program.run(look_up, codes=[7]) == {"parts": []}
    part = {"code": 7, "maker": "o", "note": None, "stock": 1}
    first = program.run(save, parts=[{**part, "rowid": None}])
    assert first["insert_parts"] == {"affected_rows": 1, "returning": [{"rowid": 1, "maker": "o"}]}
    assert program.run(look_up, codes=[7, None]) == {"parts": [{"key": 7, "rowid": 1}]}
    again = {**part, "rowid": 1, "maker": "x", "stock": 2}
    second = program.run(save, parts=[again, {**part, "code": 8, "rowid": None}])
    assert [row["rowid"] for row in second["insert_parts"]["returning"]] == [1, 2]
    stored = program.run("{ parts { maker stock rowid } }")["parts"]
    assert stored[0] == {"maker": "o", "stock": 2, "rowid": 1}
    assert program.run(remove, code=8)["delete_parts"]["returning"] == [{"rowid": 2}]


def test_a_client_library_reads_the_schema_and_runs_operations(program: GraphClient) -> None:
    url = f"{program.tenant.client.base_url}/dbs/{program.database}/graphql"
    transport = HTTPXTransport(url=url.replace("//dbs", "/dbs"), headers={"Authorization": program.tenant.bearer})
    client = Client(transport=transport, fetch_schema_from_transport=True)
    insert = gql("mutation M($t: String!) { insert_todos(objects: {title: $t}) { returning { rowid title } } }")
    insert.variable_values = {"t": "by a library"}
    row: dict[str, Any] = client.execute(insert)["insert_todos"]["returning"][0]
    assert row["title"] == "by a library"
    read = gql("query Q($n: Int!) { todos_by_pk(rowid: $n) { title } }")
    read.variable_values = {"n": row["rowid"]}
    assert client.execute(read) == {"todos_by_pk": {"title": "by a library"}}
