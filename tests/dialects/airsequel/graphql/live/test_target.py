"""What a subscription addresses: who may open it, and what a request on it knows."""

from __future__ import annotations

import pytest

import engine
from accounts.principal import PersonPrincipal, Scope
from catalog.services.access import open_database
from catalog.services.creation import create_database
from dialects.airsequel.graphql.live.target import GraphAccess, GraphTarget
from dialects.airsequel.graphql.schema.cache import schema_of
from tests.support import MISSING_ID, NO_CREDENTIALS
from tests.tenants import key_of


@pytest.fixture
def database(owner: PersonPrincipal) -> engine.Database:
    created, _ = create_database(owner, name="first", collections=[{"name": "notes", "fields": [{"name": "text"}]}])
    return created


@pytest.mark.parametrize("authorization", ["Api-Key dc_x", "Bearer x", "x"])
def test_wrong_credentials(database: engine.Database, authorization: str) -> None:
    for name in (database.id, MISSING_ID):
        with pytest.raises(engine.Unauthenticated):
            GraphTarget(authorization, name).open()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "unknown", MISSING_ID])
def test_a_visitor_learns_nothing(name: str) -> None:
    with pytest.raises(engine.Unauthenticated, match=NO_CREDENTIALS):
        GraphTarget("", name).open()


def test_a_request_reads_the_database(owner: PersonPrincipal, database: engine.Database) -> None:
    access = GraphAccess(owner, database, schema_of(database, extended=True))
    request = access.request()
    assert request.database is database
    assert access._readonly_id()
    assert access.feed() is not None


def test_a_feed_needs_read(owner: PersonPrincipal, database: engine.Database) -> None:
    actions = frozenset({engine.Action.INSERT})
    key = key_of(owner, Scope(actions))
    opened = open_database(key, database.id)
    access = GraphAccess(key, opened, schema_of(opened, extended=True))
    with pytest.raises(engine.Forbidden):
        access.feed()
