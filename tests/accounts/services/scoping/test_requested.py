"""Scopes of requests for keys of collections, within the actions and databases that are sent besides."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.principal import Scope
from accounts.services.scoping import requested
from engine import Action, Invalid
from engine.handles import CollectionAccess

BASE, OTHER = "60c72b2f9b1d8b1a2d3e4567", "60c72b2f9b1d8b1a2d3e4568"
READ, WRITE = frozenset({Action.READ}), frozenset({Action.READ, Action.WRITE})


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    collections = {BASE: {"notes": CollectionAccess(READ, {"a": 1})}, OTHER: {"bills": CollectionAccess(WRITE, {})}}
    monkeypatch.setattr(requested, "import_string", lambda path: lambda principal, raw: collections)
    return collections


def test_databases_and_actions_are_those_of_the_collections(anna, parsed) -> None:
    scope = requested.requested_scope(anna.principal, {}, within=Scope(WRITE), web=None)
    assert (scope.databases, scope.actions) == ({BASE, OTHER}, WRITE)
    assert (scope.actions_in(BASE), scope.actions_in(OTHER)) == (READ, WRITE)
    assert requested.stored_collections(scope) == {
        BASE: {"notes": {"actions": ["read"], "filter": {"a": 1}}},
        OTHER: {"bills": {"actions": ["read", "write"]}},
    }
    assert requested.stored_collections(Scope(READ)) is None


def test_more_than_is_sent_besides_is_refused_with_every_error(anna, parsed) -> None:
    with pytest.raises(Invalid) as refused:
        requested.requested_scope(anna.principal, {}, within=Scope(READ, frozenset({BASE})), web=None)
    assert [item.field for item in refused.value.errors] == [
        f"collections.{OTHER}",
        f"collections.{OTHER}.bills.actions",
    ]
    with pytest.raises(Invalid, match="browser key"):
        requested.requested_scope(anna.principal, {}, within=Scope(READ), web={})
