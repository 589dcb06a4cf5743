"""Handles of keys of collections: what they name, within the role of the user who created them."""

from __future__ import annotations

import pytest

import engine
from accounts.principal import ApiKeyPrincipal, Scope, check_unlimited
from catalog.restriction import restricted
from engine.handles import CollectionAccess

BASE = "60c72b2f9b1d8b1a2d3e4567"
READ = frozenset({engine.Action.READ})
BOTH = frozenset({engine.Action.READ, engine.Action.WRITE})
# Never connected to: nothing here reaches a server.
STORE = engine.Store("mongodb://127.0.0.1:1", limits=engine.Limits())
SPECS = {name: engine.CollectionSpec(name, f"c_{name}") for name in ("notes", "bills")}


def key(scope: Scope) -> ApiKeyPrincipal:
    return ApiKeyPrincipal(actor="k1", home_team=1, user_id=1, verified=True, teams={1: "viewer"}, scope=scope)


def opened(principal: ApiKeyPrincipal) -> engine.Database:
    allowed = principal.actions(team_id=1, database_id=BASE)
    return restricted(engine.Database(STORE, BASE, "db", "db", "k1", allowed, SPECS), principal)


def test_a_key_without_collections_has_the_same_handle() -> None:
    principal = key(Scope(BOTH))
    database = opened(principal)
    assert (database.specs, database.allowed, database.is_restricted) == (SPECS, READ, False)
    check_unlimited(principal)


def test_a_key_of_collections_has_these_alone() -> None:
    named = {"notes": CollectionAccess(BOTH, {"owner": "ann"}), "media": CollectionAccess(READ, {})}
    principal = key(Scope.of_collections({BASE: named}))
    database = opened(principal)
    assert ([*database.specs], database.allowed, database.files) == (["notes"], frozenset(), READ)
    assert database.specs["notes"].allowed == database.document_actions == READ
    assert database.store.has_row_filter("db", "c_notes")
    assert (principal.team_actions(1), principal.may_create_databases()) == (frozenset(), False)
    with pytest.raises(engine.NotFound):
        database.collection("bills")
    for refused in (lambda: database.require(engine.Action.READ), lambda: check_unlimited(principal)):
        with pytest.raises(engine.Forbidden, match="limited to named collections"):
            refused()
    database.require_for_files(engine.Action.READ)
    with pytest.raises(engine.Forbidden, match="on the files of the database"):
        database.require_for_files(engine.Action.INSERT)


def test_a_scope_of_collections_is_within_no_other_one() -> None:
    scope = Scope.of_collections({BASE: {"notes": CollectionAccess(READ, {})}})
    assert scope.is_within(Scope(BOTH))
    assert not Scope(READ, frozenset({BASE})).is_within(scope)
