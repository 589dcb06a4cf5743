"""GraphQL over HTTP: reading, writing, permissions, errors and bombs."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from tests.dialects.airsequel.graphql.support import GraphClient
from tests.support import Tenant, ask

REFUSED: list[tuple[str, list[str]]] = [
    ("{ users(offset: 1) { rowid } }", ["offset: Goes with a limit."]),
    ("{ users(limit: -1) { rowid } }", ["limit: Must not be negative."]),
    ("{ users(limit: 10001) { rowid } }", ["limit: Must be at most 10000 (GRAPHQL_MAX_ROWS)."]),
    (
        "{ users(where: {age: {_gt: 1, _lt: 3}}) { rowid } }",
        ["age: Must have exactly one operator, such as {_eq: …}."],
    ),
    ("{ users(where: {age: null}) { rowid } }", ["age: Must have exactly one operator, such as {_eq: …}."]),
    ("{ users(where: {}, filter: {}) { rowid } }", ["where: Use `where` alone; `filter` is its former name."]),
    ("{ users { nothing } }", ["Cannot query field 'nothing' on type 'users_row'."]),
    ("{ users ", ["Syntax Error: Expected Name, found <EOF>."]),
    (
        'mutation { update_users(_set: {name: "x"}, where: {}) { affected_rows } }',
        ["where: Must have at least one condition."],
    ),
    (
        "mutation { update_users(_set: {}, where: {rowid: {_eq: 1}}) { affected_rows } }",
        ["_set: Must set at least one column."],
    ),
    (
        "mutation { delete_users { affected_rows } }",
        ["where: Must be an object of conditions; {} deletes every row."],
    ),
    (
        'mutation { insert_users(objects: {email: "new@example.org", data: "{"}) { affected_rows } }',
        ["data: Must be JSON text."],
    ),
    (
        'mutation { insert_users(objects: {email: "new@example.org", age: 1e-400}) { affected_rows } }',
        ["The number 1e-400 is too small: it would be stored as 0."],
    ),
    (
        'mutation { insert_users(objects: {email: "new@example.org", data: "[1e-400]"}) { affected_rows } }',
        ["data: Must be JSON text."],
    ),
    (
        'mutation { insert_users(objects: {email: "ada@example.org"}) { affected_rows } }',
        ["email: Another document already has this value; email must be unique."],
    ),
    (
        'mutation { insert_users(objects: {email: "x"}, on_conflict: {constraint: name, update_columns: []})'
        " { affected_rows } }",
        ["on_conflict: The constraint (name) matches no unique column or key."],
    ),
]


@pytest.mark.parametrize(("query", "messages"), REFUSED)
def test_errors_are_inside_a_success(people: GraphClient, query: str, messages: list[str]) -> None:
    before = people.run("{ users { rowid name email } }")
    assert people.errors(query) == messages
    assert people.run("{ users { rowid name email } }") == before


def test_a_number_in_variables_that_would_be_0_is_refused(people: GraphClient) -> None:
    query = (
        '"mutation ($n: Float) { insert_users(objects: {email: \\"n@example.org\\", age: $n}) { affected_rows } }"'
    )
    answer = ask(
        people.tenant.client,
        f"POST /dbs/{people.database}/graphql",
        auth=people.tenant.bearer,
        content=f'{{"query": {query}, "variables": {{"n": 1e-400}}}}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    assert "The number 1e-400 is too small: it would be stored as 0." in answer.text


def test_an_error_has_its_path_and_other_fields_their_data(people: GraphClient) -> None:
    answer = people.ask("{ good: users(limit: 1) { name } bad: users_by_pk(rowid: 99999999999) { name } }")
    assert answer.json()["errors"][0]["locations"]
    answer = people.ask('{ ok: songs { title } users_by_pk(rowid: 1) { name } no: __type(name: "x") { name } }')
    assert answer.json() == {"data": {"ok": [], "users_by_pk": {"name": "Ada"}, "no": None}}


def test_special_names(graph: GraphClient) -> None:
    inserted = graph.run(
        'mutation { insert_oddXXDtable(objects: {fullXX0name: "x"}) { returning { rowid fullXX0name } } }'
    )
    assert inserted == {"insert_oddXXDtable": {"returning": [{"rowid": 1, "fullXX0name": "x"}]}}


def test_what_is_written_here_is_seen_by_other_dialects(people: GraphClient) -> None:
    found = ask(
        people.tenant.client,
        "GET /api/crud",
        auth=people.tenant.bearer,
        params={"database_id": people.database, "collection_name": "users", "filters": json.dumps({"name": "Bob"})},
    ).json()["data"]
    assert [(item["data"], "_rowid" in item) for item in found] == [({"tags": [1, None]}, False)]


BODIES: list[tuple[Any, int, str]] = [
    ({}, 400, "query: query must be the text of a GraphQL document."),
    ({"query": 5}, 400, "query: query must be the text of a GraphQL document."),
    ({"query": "{ users { name } }", "variables": []}, 400, "variables: variables must be a JSON object"),
    (
        {"query": "{ users { name } }", "operationName": 1},
        400,
        "operationName: operationName must be text or null.",
    ),
]


@pytest.mark.parametrize(("body", "status", "message"), BODIES)
def test_wrong_bodies(people: GraphClient, body: Any, status: int, message: str) -> None:
    answer = ask(people.tenant.client, f"POST /dbs/{people.database}/graphql", auth=people.tenant.bearer, json=body)
    assert (answer.status_code, answer.json()) == (status, {"errors": [{"message": message}]})


BOMBS = [
    ("{" + " ".join(f"a{n}: users {{ rowid }}" for n in range(150)) + "}", "aliases (GRAPHQL_MAX_ALIASES)"),
    ("{" + "a " * 100_000 + "}", "characters (GRAPHQL_MAX_QUERY_LENGTH)"),
    ("{" + "a " * 5_000 + "}", "tokens (GRAPHQL_MAX_TOKENS)"),
    ("{" + "a{" * 60 + "a" + "}" * 60 + "}", "levels (GRAPHQL_MAX_DEPTH)"),
    (
        "{ ...F0 }"
        + "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(20))
        + "fragment F20 on Query { users { rowid } }",
        "(GRAPHQL_MAX_COST)",
    ),
    ("{ users {" + "name " * 400 + "} }", "(GRAPHQL_MAX_COST)"),
]


@pytest.mark.parametrize(("query", "cap"), BOMBS)
def test_bombs_are_refused(people: GraphClient, query: str, cap: str) -> None:
    start = time.monotonic()
    answer = people.ask(query)
    assert time.monotonic() - start < 20
    (error,) = answer.json()["errors"]
    assert (answer.status_code, len(error["message"]) < 200) == (400, True)
    assert cap in error["message"]


def test_long_names_are_not_echoed(people: GraphClient) -> None:
    (message,) = people.errors("{ " + "x" * 40_000 + " }")
    assert len(message) < 500


def test_introspection(people: GraphClient) -> None:
    query = "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }"
    first, second = people.run(query), people.run(query)
    assert first == second
    names = [field["name"] for field in first["__schema"]["queryType"]["fields"]]
    assert names[:4] == ["users", "users_by_pk", "songs", "songs_by_pk"]


def test_a_reader_has_no_mutations(people: GraphClient) -> None:
    key = people.tenant.new_key(actions=["read"])
    answer = people.ask("{ __schema { mutationType { name } } users { rowid } }", auth=key).json()
    assert answer["data"]["__schema"]["mutationType"] is None
    refused = people.ask("mutation { delete_users(where: {}) { affected_rows } }", auth=key).json()
    assert refused["errors"][0]["message"] == "The mutation operation is not supported by the schema."
    assert len(people.run("{ users { rowid } }")["users"]) == len(answer["data"]["users"])


def test_who_may_insert_alone_reads_nothing(people: GraphClient) -> None:
    key = people.tenant.new_key(actions=["insert"])
    schema = people.ask("{ __schema { queryType { fields { name } } mutationType { fields { name } } } }", auth=key)
    assert schema.json()["data"]["__schema"]["queryType"]["fields"] == []
    names = [field["name"] for field in schema.json()["data"]["__schema"]["mutationType"]["fields"]]
    assert names == ["insert_users", "insert_songs", "insert_oddXXDtable"]
    insert = 'mutation { insert_oddXXDtable(objects: {fullXX0name: "y"}) { affected_rows returning { rowid } } }'
    (error,) = people.ask(insert, auth=key).json()["errors"]
    assert error["message"].startswith("Cannot query field 'returning'")
    inserted = people.ask(insert.replace("returning { rowid }", ""), auth=key).json()
    assert inserted == {"data": {"insert_oddXXDtable": {"affected_rows": 1}}}


def test_others_do_not_see_it(people: GraphClient, ben: Tenant) -> None:
    answer = people.ask("{ users { rowid } }", auth=ben.bearer)
    assert (answer.status_code, answer.json()) == (404, {"errors": [{"message": "Not found or access denied"}]})
    assert people.ask("{ users { rowid } }", auth="").status_code == 401


def test_the_default_query(people: GraphClient) -> None:
    address = f"/dbs/{people.database}/playground/default-query"
    answer = ask(people.tenant.client, f"GET {address}", auth=people.tenant.bearer)
    assert answer.headers["Content-Type"] == "text/plain;charset=utf-8"
    assert answer.text.startswith("query usersQuery {\n  users( limit: 100 ) {\n    rowid\n    _id\n    name\n")
    assert len(people.run(answer.text)["users"]) == 4
    redirect = ask(people.tenant.client, f"GET /dbs/{people.database}/graphql", auth=people.tenant.bearer)
    assert (redirect.status_code, redirect.headers["Location"]) == (303, f"/dbs/{people.database}/graphiql")


def test_the_page_for_operations_loads_nothing_from_elsewhere(people: GraphClient) -> None:
    client = people.tenant.client
    page = client.get("/dbs/anything/graphiql")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(addresses) == 6
    assert [client.get(address).status_code for address in addresses] == [200] * 6
    assert client.get("/readonly/anything/graphql").text == page.text


def test_a_read_only_link_reads_and_nothing_else(people: GraphClient) -> None:
    profile = ask(people.tenant.client, f"GET /api/dbs/{people.database}", auth=people.tenant.bearer).json()
    address = f"POST /readonly/{profile['readonlyId']}/graphql"
    query = "{ __schema { mutationType { name } } users(limit: 1) { name } }"
    answer = ask(people.tenant.client, address, json={"query": query})
    assert answer.json() == {"data": {"__schema": {"mutationType": None}, "users": [{"name": "Ada"}]}}
    refused = ask(
        people.tenant.client, address, json={"query": "mutation { delete_users(where: {}) { affected_rows } }"}
    )
    assert refused.json()["errors"][0]["message"] == "The mutation operation is not supported by the schema."
    missing = ask(people.tenant.client, "POST /readonly/nothing/graphql", json={"query": "{ __typename }"})
    assert (missing.status_code, missing.json()) == (404, {"errors": [{"message": "Not found or access denied"}]})
