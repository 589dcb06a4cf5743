"""The execution context: permissions, stamps, and the name of the counters."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from bson import ObjectId

from engine import ALL_ACTIONS, Action, CollectionSpec, Forbidden, Store
from engine.context import context as module
from engine.context.context import Context, now, require, stamp
from engine.limits import Limits
from engine.schema.declaration import parse_schema

NOW = datetime(2024, 2, 29, 12, 30, 15, 123000)


def context(*allowed: Action, surface: str = "") -> Context:
    """Return a context whose store never connects: nothing here reaches a server."""
    store = Store("mongodb://127.0.0.1:1", limits=Limits())
    schema, _ = parse_schema([{"name": "no", "type": "autonumber"}], limits=Limits())
    return Context(store, "db", CollectionSpec("films", "c1", schema), "ann", frozenset(allowed), surface)


@pytest.mark.parametrize("action", Action)
def test_an_allowed_action_passes_and_each_other_one_is_forbidden(action: Action) -> None:
    require(frozenset({action}), action)
    context(action).require(action)
    for check in (context(*ALL_ACTIONS - {action}).require, lambda it: require(ALL_ACTIONS - {action}, it)):
        with pytest.raises(Forbidden) as caught:
            check(action)
        assert caught.value.message == f"This needs the permission '{action.value}'."
        assert caught.value.errors == ()


def test_nothing_is_allowed_by_an_empty_set() -> None:
    with pytest.raises(Forbidden):
        require(frozenset(), Action.READ)


def test_the_audit_stamp_names_actor_surface_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "now", lambda: NOW)
    assert context(surface="restdb").audit_stamp() == module.AuditStamp(by="ann", at=NOW, via="restdb")


def test_the_current_time_is_naive_utc_to_the_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = datetime(2024, 2, 29, 12, 30, 15, 123999, tzinfo=UTC)
    monkeypatch.setattr(module, "datetime", SimpleNamespace(now=lambda zone: clock.astimezone(zone)))
    assert now() == NOW


def test_the_counters_lie_beside_the_collection() -> None:
    assert context().counters == "c1.counters"


def test_no_documents_reserve_no_numbers() -> None:
    assert context().assign_autonumbers([]) == []


def test_new_documents_get_ids_and_system_fields() -> None:
    ids = [ObjectId("5f" * 12), ObjectId("60" * 12)]
    documents = [{"title": "é"}, {"_id": "of the caller", "_sys": {"version": 7}}]
    stamp(documents, ids=ids, actor="ann", now=NOW)
    stamps = {"version": 1, "created": NOW, "created_by": "ann", "updated": NOW, "updated_by": "ann"}
    assert documents == [{"title": "é", "_id": ids[0], "_sys": stamps}, {"_id": ids[1], "_sys": stamps}]
    assert documents[0]["_sys"] is not documents[1]["_sys"]


@pytest.mark.parametrize("count", [0, 2])
def test_documents_and_ids_must_have_the_same_number(count: int) -> None:
    with pytest.raises(ValueError):
        stamp([{}], ids=[ObjectId()] * count, actor="ann", now=NOW)
