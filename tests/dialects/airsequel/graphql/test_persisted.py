"""Automatic persisted queries."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

import engine
from dialects.airsequel.graphql.execution import GraphOperation
from dialects.airsequel.graphql.persisted import with_query
from tests.dialects.airsequel.graphql.support import GraphClient

QUERY = "{ songs(limit: 0) { title } }"
HASH = hashlib.sha256(QUERY.encode()).hexdigest()
NOT_FOUND = {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}


def test_a_hash_stands_for_a_query_of_its_database(settings: Any) -> None:
    plain = GraphOperation(QUERY)
    assert with_query(plain, "a") is plain
    by_hash, with_both = GraphOperation("", hash=HASH), GraphOperation(QUERY, hash=HASH)
    assert with_query(by_hash, "a") is None
    assert with_query(with_both, "a") is with_both
    assert with_query(by_hash, "a") == with_both
    assert with_query(by_hash, "b") is None
    with pytest.raises(engine.Invalid):
        with_query(GraphOperation(QUERY + " ", hash=HASH), "a")
    settings.GRAPHQL_MAX_QUERY_LENGTH = 5
    with_query(with_both, "c")
    assert with_query(by_hash, "c") is None


def ask(graph: GraphClient, hash: Any, **members: Any) -> Any:
    body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}, **members}
    answer = graph.tenant.ask(f"POST /dbs/{graph.database}/graphql", auth=graph.tenant.bearer, json=body)
    return answer.status_code, answer.json()


def test_a_client_sends_the_text_where_the_hash_is_unknown(graph: GraphClient) -> None:
    """Each process knows the queries that it has received, so an unknown hash may be sent again later."""
    assert ask(graph, HASH) == (200, {"errors": [NOT_FOUND]})
    data = {"data": {"songs": []}}
    assert ask(graph, HASH, query=QUERY) == (200, data)
    assert ask(graph, HASH) in [(200, data), (200, {"errors": [NOT_FOUND]})]
    wrong = "extensions.persistedQuery.sha256Hash is not the hash of the query."
    assert ask(graph, "0" * 64, query=QUERY) == (400, {"errors": [{"message": wrong}]})
    for hash in ("x", 5, None):
        status, body = ask(graph, hash)
        assert (status, body["errors"][0]["message"].split(":")[0]) == (400, "extensions.persistedQuery")
