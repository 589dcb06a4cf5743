"""Subscriptions as server-sent events, in requests of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.dialects.airsequel.graphql.support import GraphClient
from tests.support import Tenant, make_database

QUERY = "subscription S($n: Float!) { books(where: {pages: {_gt: $n}}, order_by: {title: ASC}) { title } }"


@contextmanager
def stream(library: GraphClient, body: Any, *, auth: str | None = None) -> Iterator[httpx.Response]:
    headers = {"Accept": "text/event-stream", "Authorization": library.tenant.bearer if auth is None else auth}
    headers = {name: value for name, value in headers.items() if value}
    path = f"/dbs/{library.database}/graphql/v2"
    with library.tenant.client.stream("POST", path, json=body, headers=headers, timeout=60) as answer:
        yield answer


def events(answer: httpx.Response) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_the_answer_comes_again_when_it_changes(library: GraphClient) -> None:
    with stream(library, {"query": QUERY, "variables": {"n": 20}}) as answer:
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/event-stream")
        changes = events(answer)
        assert next(changes) == ("next", {"data": {"books": [{"title": "B"}]}})
        library.run("mutation { update_books_by_pk(rowid: 4, _set: {pages: 21}) { affected_rows } }")
        assert next(changes) == ("next", {"data": {"books": [{"title": "B"}, {"title": "D"}]}})
        library.run('mutation { update_people_by_pk(rowid: 3, _set: {name: "Cy"}) { affected_rows } }')
        library.run("mutation { update_books_by_pk(rowid: 4, _set: {pages: null}) { affected_rows } }")
        assert next(changes) == ("next", {"data": {"books": [{"title": "B"}]}})


def test_an_operation_that_becomes_invalid_is_answered_with_its_errors(anna: Tenant) -> None:
    collections = [{"name": "notes", "fields": [{"name": "text"}, {"name": "kind"}]}]
    database, _ = make_database(anna.client, anna.bearer, collections=collections)
    notes = GraphClient(anna, database, "/v2")
    with stream(notes, {"query": "subscription { notes { kind } }"}) as answer:
        changes = events(answer)
        assert next(changes) == ("next", {"data": {"notes": []}})
        assert anna.ask(f"DELETE /api/dbs/{database}/tables/notes/columns/kind").status_code == 200
        text = "Cannot query field 'kind' on type 'notes_row'. Did you mean '_id'?"
        assert next(changes) == ("next", {"errors": [{"message": text}]})


def test_a_get_request(library: GraphClient) -> None:
    params = {"query": "subscription ($n: Int!) { people_by_pk(rowid: $n) { name } }", "variables": '{"n": 1}'}
    headers = {"Accept": "text/event-stream", "Authorization": library.tenant.bearer}
    path = f"/dbs/{library.database}/graphql/v2"
    with library.tenant.client.stream("GET", path, params=params, headers=headers, timeout=60) as answer:
        assert next(events(answer)) == ("next", {"data": {"people_by_pk": {"name": "Ada"}}})


def test_requests_that_are_refused(library: GraphClient, ben: Tenant) -> None:
    """The answers of another tenant, and of a key that may not read, are those of other requests."""
    blind = library.tenant.new_key(actions=["insert"])
    valid = {"query": QUERY, "variables": {"n": 1}}
    only = "Only subscriptions are streamed; send other operations by POST."
    no_read = "This needs the permission 'read'."
    for body, auth, status, message in [
        (valid, ben.bearer, 404, "Not found or access denied"),
        (valid, "", 401, "Authentication credentials were not provided."),
        (valid, blind, 403, no_read),
        ({"query": "{ books { title } }"}, None, 400, only),
        ({"query": "subscription { nothing }"}, None, 400, "Cannot query field 'nothing' on type 'Subscription'."),
        ({"query": "subscription {"}, None, 400, "Syntax Error: Expected Name, found <EOF>."),
        ({"query": "subscription { books { title } } #" + "x" * 70_000}, None, 413, None),
        ({}, None, 400, "query: query must be the text of a GraphQL document."),
    ]:
        with stream(library, body, auth=auth) as answer:
            answer.read()
        assert answer.status_code == status, (body, answer.text)
        assert message is None or answer.json() == {"errors": [{"message": message}]}


def test_without_a_stream_there_are_no_subscriptions(library: GraphClient) -> None:
    answer = library.ask("subscription { books { title } }")
    text = "Subscriptions are streamed: use a WebSocket (graphql-transport-ws), or Accept: text/event-stream."
    assert (answer.status_code, answer.json()) == (400, {"errors": [{"message": text}]})
