"""Operations on their own: what ends the trying, and what each is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

import engine
from engine import Change, Delete, Insert, Query, Update
from engine.limits import Limits
from engine.update import Operators
from engine.write import Bulk, operations
from tests.engine.conftest import Make
from tests.engine.strategies import faults, refusal

Stored = Callable[..., list[dict[str, Any]]]


@pytest.fixture(params=[False, True], ids=["plain", "with history"])
def history(request: pytest.FixtureRequest) -> bool:
    return request.param


def test_a_store_that_is_away_is_not_asked_again(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    things = make()
    asked = []

    def away(*_: Any, **__: Any) -> None:
        asked.append(1)
        raise engine.Unavailable("It is away.")

    monkeypatch.setattr(engine.Store, "insert", away)
    results = Bulk([Insert({"n": n}) for n in range(5)], ordered=False).run(things)
    assert [type(result) for result in results] == [engine.Unavailable] * 5
    assert len(asked) == 1


def test_what_takes_too_long_is_not_tried(make: Make, stored: Stored) -> None:
    things = make(on=engine.Store(settings.MONGODB_URI, limits=Limits(write_seconds=-1)))
    results = Bulk([Insert({"n": 1}), Insert({"n": 2})], ordered=False).run(things)
    assert [result.message for result in results] == [
        "Not tried: the request takes longer than -1 s (WRITE_SECONDS)."
    ] * 2
    assert stored() == []


def test_the_actions_are_asked_for_before_anything_is_done(make: Make, stored: Stored) -> None:
    things = make(allowed=frozenset({engine.Action.INSERT, engine.Action.WRITE}))
    bulk = Bulk([Insert({}), Update(Query({"a": 1}), Change({"a": 2}), upsert=True), Delete(Query({"a": 1}))])
    told = faults(engine.Forbidden, bulk.require, things)
    assert told == [("", "This needs the permission 'delete'.", 2)]
    assert faults(engine.Forbidden, bulk.run, things) == told
    assert stored() == []


def test_none_and_too_many(make: Make) -> None:
    things = make()
    refusal(engine.Invalid, Bulk([]).run, things)
    refusal(engine.TooLarge, Bulk([Insert({})] * 10_001).run, things)


def test_a_transaction_that_is_tried_again_begins_at_the_beginning(
    make: Make, stored: Stored, history: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else changes a document between the first operation and the second."""
    things = make(history=history)
    (name,) = things.insert([{"n": 1}])
    update, meddled = operations.update_matching, []

    def meddling(to: engine.Collection, *args: Any, **named: Any) -> int:
        if to.store is not things.store and not meddled:
            meddled.append(1)
            things.update(Query({"_id": str(name)}), Change({"other": 1}))
        return update(to, *args, **named)

    monkeypatch.setattr(operations, "update_matching", meddling)
    results = Bulk([Insert({"n": 5}), Update(Query(), Operators({"$inc": {"n": 1}}))]).run(things)
    assert [result.count for result in results] == [0, 2]
    assert stored() == [{"n": 2, "other": 1}, {"n": 6}]
