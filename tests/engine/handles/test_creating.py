"""Verbs that answer what they stored or deleted, and inserts that the schema does not stop."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

import engine
from tests.engine.conftest import Make
from tests.engine.strategies import refusal


def test_create_answers_what_is_stored(make: Make, stored: Callable[..., list[dict[str, Any]]]) -> None:
    things = make({"name": "day", "type": "date"}, {"name": "kind", "default": "plain"})
    (found,) = things.create([{"day": "2026-01-02"}])
    assert (found["day"], found["kind"], found["_sys"]["created_by"]) == (date(2026, 1, 2), "plain", "tester")
    assert stored() == [{"day": datetime(2026, 1, 2), "kind": "plain"}]


def test_a_lenient_insert_keeps_what_does_not_fit(make: Make, stored: Callable[..., list[dict[str, Any]]]) -> None:
    things = make({"name": "n", "type": "number", "required": True}, {"name": "day", "type": "date"}, strict=True)
    things.create([{"n": "x", "more": 1}, {"day": "2026-01-02"}], lenient=True)
    assert stored() == [{"n": "x", "more": 1}, {"day": datetime(2026, 1, 2)}]
    for document in ({"_sys": 1}, {"_id": "x"}, {"$a": 1}):
        refusal(engine.Invalid, things.create, [document], lenient=True)
    assert len(stored()) == 2


@pytest.mark.parametrize("history", [False, True])
def test_discard_tells_which(make: Make, stored: Callable[..., list[dict[str, Any]]], history: bool) -> None:
    things = make(history=history)
    one, two, three = things.insert([{"n": 1}, {"n": 2}, {"n": 3}])
    assert things.delete_returning_ids(engine.Query({"n": {"$gte": 2}})) == [two, three]
    assert things.delete_returning_ids(engine.Query({"n": 9})) == []
    assert stored() == [{"n": 1}]
    bound = make(name="others", allowed=frozenset({engine.Action.READ}))
    refusal(engine.Forbidden, bound.delete_returning_ids, engine.Query())


def test_discard_is_capped(make: Make, store: engine.Store, stored: Callable[..., list[dict[str, Any]]]) -> None:
    small = copy.copy(store)
    small.limits = replace(store.limits, batch_documents=2)
    things = make(on=small)
    things.insert([{}, {}])
    things.insert([{}])
    problem = refusal(engine.TooLarge, things.delete_returning_ids, engine.Query())
    assert problem.message == "3 documents match, at most 2 at once (MAX_BATCH_DOCUMENTS)."
    assert len(stored()) == 3
