"""What tokens may do by GraphQL: each permission with each operation, cells with files, and integer keys."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.dialects.airsequel.people.support import Member, register
from tests.support import NOT_FOUND

SCRIPT = "CREATE TABLE todos (id INTEGER PRIMARY KEY, title TEXT UNIQUE, file BLOB)"
ROWS = [{"id": 1, "title": "a", "file": None}, {"id": 5, "title": "b", "file": None}]
LIST = "{ todos { id title file } }"
UPSERT = (
    'insert_todos(objects: {id: 5, title: "b"}, on_conflict: {constraint: id, update_columns: [title]})'
    " { affected_rows }"
)
# Each operation, on a row that is not there where it changes something, and the permissions that allow it.
OPERATIONS: list[tuple[str, str, set[str]]] = [
    ("", LIST, {"read"}),
    ("", "{ todos_by_pk(id: 1) { title } }", {"read"}),
    ("/v2", '{ todos(where: {_not: {title: {_eq: "a"}}}) { title } }', {"read"}),
    ("/v2", "{ todos_aggregate { count } }", {"read"}),
    ("", "mutation { insert_todos(objects: []) { affected_rows } }", {"insert", "write"}),
    ("", f"mutation {{ {UPSERT} }}", {"write and read"}),
    ("", 'mutation { update_todos(where: {id: {_eq: 9}}, _set: {title: "x"}) { affected_rows } }', {"write"}),
    ("/v2", 'mutation { update_todos_by_pk(id: 9, _set: {title: "x"}) { affected_rows } }', {"write"}),
    ("", "mutation { delete_todos(where: {id: {_eq: 9}}) { affected_rows } }", {"write"}),
    ("", "mutation { delete_todos_by_pk(id: 9) { affected_rows } }", {"write"}),
    (
        "",
        'mutation { update_todos(where: {id: {_eq: 9}}, _set: {title: "x"}) { returning { title } } }',
        {"write and read"},
    ),
]
TOKENS = {"read": ["read"], "insert": ["insert"], "write": ["write"], "write and read": ["read", "write"]}


@pytest.fixture(scope="module")
def member(web: httpx.Client) -> Member:
    return register(web)


@pytest.fixture(scope="module")
def db_id(member: Member) -> str:
    db_id: str = member.get("POST /api/dbs", json={"name": "Permissions", "query": SCRIPT})["id"]
    insert = "mutation M($rows: [todos_insert_input]) { insert_todos(objects: $rows) { returning { id } } }"
    for number, row in ((1, {"title": "a"}), (5, {"id": 5, "title": "b"})):
        assert data(run(member, db_id, insert, rows=[row])) == {"insert_todos": {"returning": [{"id": number}]}}
    return db_id


def run(
    member: Member, db_id: str, query: str, *, auth: str | None = None, version: str = "", **variables: Any
) -> httpx.Response:
    body = {"query": query, "variables": variables}
    return member.ask(f"POST /dbs/{db_id}/graphql{version}", auth=auth, json=body)


def data(answer: httpx.Response) -> dict[str, Any]:
    assert (answer.status_code, set(answer.json())) == (200, {"data"}), answer.text
    content: dict[str, Any] = answer.json()["data"]
    return content


def test_every_permission_with_every_operation(member: Member, db_id: str) -> None:
    """Sends each operation with each token; none of them changes a row."""
    for name, permissions in TOKENS.items():
        token = f"Bearer {member.new_token(db_id, *permissions)}"
        for version, query, needed in OPERATIONS:
            answer = run(member, db_id, query, auth=token, version=version)
            allowed = bool(needed & {name, *permissions})
            assert answer.status_code == 200
            assert ("errors" not in answer.json()) is allowed, (name, query, answer.text)
        assert data(run(member, db_id, LIST)) == {"todos": ROWS}


def test_a_session_token_sends_large_bodies(member: Member, db_id: str) -> None:
    query = "query Q($titles: [String]) { todos(where: {title: {_in: $titles}}) { title } }"
    titles = ["a", *("x" * 1_000 for _ in range(100))]
    assert data(run(member, db_id, query, titles=titles)) == {"todos": [{"title": "a"}]}


def test_a_token_opens_its_databases_alone(member: Member, db_id: str) -> None:
    other = member.new_database()
    token = f"Bearer {member.new_token(other, 'read', 'write')}"
    for version in ("", "/v2"):
        for query in (LIST, "mutation { delete_todos(where: {}) { affected_rows } }", "{ __typename }"):
            answer = run(member, db_id, query, auth=token, version=version)
            assert (answer.status_code, answer.json()) == (404, {"errors": [{"message": NOT_FOUND}]})
    assert data(run(member, db_id, LIST)) == {"todos": ROWS}


def test_an_integer_key_is_the_rowid(member: Member, db_id: str) -> None:
    fields = data(run(member, db_id, '{ __type(name: "todos_row") { fields { name } } }'))["__type"]["fields"]
    assert [field["name"] for field in fields] == ["rowid", "_id", "id", "title", "file"]
    insert = 'mutation { insert_todos(objects: {title: "c"}) { returning { id rowid } } }'
    assert data(run(member, db_id, insert)) == {"insert_todos": {"returning": [{"id": 6, "rowid": 6}]}}
    where = "{ todos(where: {id: {_gt: 1}}, order_by: {id: DESC}) { rowid } one: todos_by_pk(id: 6) { id title } }"
    assert data(run(member, db_id, where)) == {
        "todos": [{"rowid": 6}, {"rowid": 5}],
        "one": {"id": 6, "title": "c"},
    }
    errors = run(member, db_id, "{ todos_by_pk(rowid: 6) { id } }").json()["errors"]
    assert errors[0]["message"].startswith("Unknown argument 'rowid'")
    remove = "mutation { delete_todos_by_pk(id: 6) { returning { id } } }"
    assert data(run(member, db_id, remove)) == {"delete_todos_by_pk": {"returning": {"id": 6}}}


def test_a_cell_with_a_file_has_its_link(member: Member, db_id: str) -> None:
    """The link reads the file without credentials, as a page that shows it does."""
    insert = 'mutation { insert_todos(objects: {title: "f"}) { returning { id } } }'
    rowid = data(run(member, db_id, insert))["insert_todos"]["returning"][0]["id"]
    path = f"/api/dbs/{db_id}/tables/todos/columns/file/files/rowid/{rowid}"
    assert member.get(f"PUT {path}", files={"file": ("a.txt", b"content", "text/plain")}) == {}
    readonly = member.get(f"GET /api/dbs/{db_id}")["readonlyId"]
    expected = f"/readonly/{readonly}/tables/todos/columns/file/files/rowid/{rowid}"
    query = "query Q($id: Int!) { todos(where: {id: {_eq: $id}}) { file } by: todos_by_pk(id: $id) { file } }"
    token = f"Bearer {member.new_token(db_id, 'read')}"
    for version in ("", "/v2"):
        read = data(run(member, db_id, query, auth=token, version=version, id=rowid))
        cells = [read["todos"][0]["file"], read["by"]["file"]]
        assert [json.loads(cell) for cell in cells] == [{"url": expected}] * 2
    linked = member.ask(f"GET {expected}", auth="")
    assert (linked.status_code, linked.content) == (200, b"content")
    data(run(member, db_id, f"mutation {{ delete_todos_by_pk(id: {rowid}) {{ affected_rows }} }}"))


def test_a_read_only_link_reads_and_does_nothing_else(member: Member, db_id: str) -> None:
    readonly = member.get(f"GET /api/dbs/{db_id}")["readonlyId"]
    for _, query, needed in OPERATIONS:
        if "_not" in query or "aggregate" in query:
            continue
        answer = member.ask(f"POST /readonly/{readonly}/graphql", auth="", json={"query": query}).json()
        assert ("errors" not in answer) is ("read" in needed), query
    assert data(run(member, db_id, LIST)) == {"todos": ROWS}
