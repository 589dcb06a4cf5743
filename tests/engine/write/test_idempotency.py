"""A request is done once, whatever dies between its effect and its answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.conf import settings
from pymongo import MongoClient

import engine
from engine import Change, Query
from engine.update import Operators
from engine.write import run_idempotent
from engine.write.idempotency import RECORDS, RETENTION_SECONDS
from tests.engine.conftest import Make
from tests.engine.strategies import refusal

Stored = Callable[..., list[dict[str, Any]]]


class Killed(BaseException):
    """As a process that ends."""


@pytest.fixture(params=[False, True], ids=["plain", "with history"])
def things(make: Make, request: pytest.FixtureRequest) -> engine.Collection:
    return make({"name": "slug", "unique": True}, history=request.param)


def increment(to: engine.Collection) -> dict[str, Any]:
    made = to.insert([{"n": 0}, {"n": 0}])
    return {"ids": made, "count": to.update(Query(), Operators({"$inc": {"n": 1}}))}


def test_the_second_time_it_is_not_done(things: engine.Collection, stored: Stored) -> None:
    first = run_idempotent(things, "k", fingerprint="f", work=increment)
    after = stored(system=True)
    again = run_idempotent(things, "k", fingerprint="g", work=lambda to: pytest.fail("done again"))
    assert (first.replayed, again.replayed, again.fingerprint) == (False, True, "f")
    assert (first.answer["count"], again.answer) == (2, first.answer)
    assert stored(system=True) == after
    assert not run_idempotent(things, "other", fingerprint="f", work=increment).replayed
    assert [item["n"] for item in stored()] == [2, 2, 1, 1]


@pytest.mark.parametrize("point", ["before", "after the effect", "before the commit"])
@pytest.mark.parametrize("problem", [Killed, engine.Conflict("x"), ZeroDivisionError])
def test_who_dies_before_the_end_has_done_nothing(
    things: engine.Collection, stored: Stored, monkeypatch: pytest.MonkeyPatch, point: str, problem: Any
) -> None:
    things.insert([{"n": 0}])
    before = stored(system=True)

    def die(*_: Any, **__: Any) -> None:
        raise problem

    def work(to: engine.Collection) -> dict[str, Any]:
        if point == "before":
            die()
        found = increment(to)
        if point == "after the effect":
            die()
        return found

    with monkeypatch.context() as patch:
        if point == "before the commit":
            patch.setattr(engine.Store, "replace", die)
        with pytest.raises(type(problem) if isinstance(problem, engine.Error) else problem):
            run_idempotent(things, "k", fingerprint="f", work=work)
    assert stored(system=True) == before
    assert stored(RECORDS) == []
    if things.spec.history:
        assert stored("things.versions") == []
    assert not run_idempotent(things, "k", fingerprint="f", work=increment).replayed
    assert [item["n"] for item in stored()] == [1, 1, 1]


def test_who_dies_after_the_end_has_done_it(things: engine.Collection, stored: Stored) -> None:
    """The answer is lost, the effect is not: whoever asks again gets the answer."""
    answer = run_idempotent(things, "k", fingerprint="f", work=increment).answer
    # A process of its own, which remembers nothing.
    fresh = engine.Collection(
        engine.Store(settings.MONGODB_URI, limits=things.store.limits),
        things.database,
        things.spec,
        "tester",
        engine.ALL_ACTIONS,
    )
    again = run_idempotent(fresh, "k", fingerprint="f", work=increment)
    assert (again.replayed, again.answer) == (True, answer)
    assert [item["n"] for item in stored()] == [1, 1]


def test_a_twin_in_flight_is_told_to_come_back(things: engine.Collection, stored: Stored) -> None:
    others = count()

    def work(to: engine.Collection) -> dict[str, Any]:  # called again where it stores the first version
        refused = refusal(engine.Conflict, run_idempotent, things, "k", fingerprint="f", work=increment)
        assert refused.retry_after == 1
        assert not run_idempotent(
            things, f"another key {next(others)}", fingerprint="f", work=lambda to: {}
        ).replayed
        return increment(to)

    assert not run_idempotent(things, "k", fingerprint="f", work=work).replayed
    assert run_idempotent(things, "k", fingerprint="f", work=increment).replayed
    assert [item["n"] for item in stored()] == [1, 1]


def test_a_transaction_that_is_tried_again_has_one_effect(things: engine.Collection, stored: Stored) -> None:
    """Somebody else writes to the same document after the transaction has begun."""
    (name,) = things.insert([{"n": 0}])
    tries = []

    def work(to: engine.Collection) -> dict[str, Any]:
        if not tries:
            things.update(Query({"_id": str(name)}), Change({"other": 1}))
        tries.append(1)
        return {"count": to.update(Query({"_id": str(name)}), Operators({"$inc": {"n": 1}}))}

    assert run_idempotent(things, "k", fingerprint="f", work=work).answer == {"count": 1}
    assert len(tries) >= 2  # MongoDB may abort it for reasons of its own as well
    assert stored() == [{"n": 1, "other": 1}]


def test_records_go_after_a_day(
    things: engine.Collection, mongo: MongoClient[dict[str, Any]], database: str
) -> None:
    run_idempotent(things, "k", fingerprint="f", work=increment)
    (index,) = [item for item in mongo[database][RECORDS].list_indexes() if "expireAfterSeconds" in item]
    assert (dict(index["key"]), index["expireAfterSeconds"]) == ({"at": 1}, timedelta(hours=24).total_seconds())
    assert index["expireAfterSeconds"] == RETENTION_SECONDS
    (record,) = mongo[database][RECORDS].find()
    assert set(record) == {"_id", "fingerprint", "at", "answer"}
