"""Autonumbers: every document gets one of its own, however many write at once, and keeps it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
from bson import ObjectId

import engine
from engine.update import Operators, Replacement
from tests.engine.conftest import Make
from tests.event_loop import in_event_loop

NUMBERED = {"name": "no", "type": "autonumber"}
TEXT = "The service numbers the documents itself; this field cannot be written."


def test_16_writers_of_single_documents_and_batches(make: Make) -> None:
    things = make(NUMBERED)

    def write(writer: int) -> None:
        for step in range(5):
            things.insert([{"w": writer}] * (1 + step % 3))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    numbers = [item["no"] for item in things.find(engine.Query(limit=1000)).documents]
    assert sorted(numbers) == [*range(1, 16 * 9 + 1)]


def test_a_batch_is_numbered_in_order(make: Make) -> None:
    things = make(NUMBERED)
    things.insert([{"a": 1}])
    ids = things.insert([{"a": n, "no": None} for n in range(3)])
    assert [things.stored(name)["no"] for name in ids] == [2, 3, 4]  # type: ignore[index]


@pytest.mark.parametrize(
    "change",
    [
        engine.Change({"no": 5}),
        engine.Change({"no": None}),
        Operators({"$inc": {"no": 1}}),
        Operators({"$unset": {"no": True}}),
        Operators({"$rename": {"a": "no"}}),
        Replacement({"no": 5}),
    ],
)
def test_nobody_else_writes_it(make: Make, change: engine.Change) -> None:
    things = make(NUMBERED)
    (one,) = things.insert([{"a": 1}])
    with pytest.raises(engine.Invalid) as caught:
        things.write(engine.Update(engine.Query({"_id": str(one)}), change, one=True))
    assert TEXT in caught.value.message
    with pytest.raises(engine.Invalid):
        things.insert([{"no": 5}])
    assert things.stored(one)["no"] == 1  # type: ignore[index]


def test_replacing_keeps_it_and_upserting_gives_one(make: Make) -> None:
    things = make(NUMBERED, history=True)
    (one,) = things.insert([{"a": 1}])
    things.write(engine.Update(engine.Query({"_id": str(one)}), Replacement({"b": 2}), one=True))
    assert {name: things.stored(one)[name] for name in ("b", "no")} == {"b": 2, "no": 1}  # type: ignore[index]
    made = things.write(engine.Update(engine.Query({"k": 7}), engine.Change({"b": 3}), upsert=True)).id
    assert made and things.stored(made)["no"] == 2  # type: ignore[index]


def test_an_import_is_numbered_as_well(make: Make) -> None:
    things = make(NUMBERED)
    things.import_batch([{"a": 1}, {"a": 2}], ids=[ObjectId(), ObjectId()])
    assert [item["no"] for item in things.find(engine.Query()).documents] == [1, 2]


def test_documents_are_found_by_a_hidden_number(make: Make) -> None:
    things = make({"name": "no", "type": "autonumber", "hidden": True})
    things.insert([{"a": n, "b": n} for n in range(3)])
    hidden = things.with_hidden_fields()
    found = [
        *in_event_loop(*(partial(hidden.find_number, "no", number, fields={"a": 1}) for number in (1, 2, 2, 9))),
        hidden.find_number("no", 3, fields={"_id": 0, "a": 1}),
        things.find_number("no", 3, fields={"_id": 0, "a": 1}),
    ]
    members = [None if item is None else {name: item[name] for name in item if name != "_id"} for item in found]
    assert members == [{"a": 0, "no": 1}, {"a": 1, "no": 2}, {"a": 1, "no": 2}, None, {"a": 2, "no": 3}, {"a": 2}]
    for field in ("a", "missing"):
        with pytest.raises(engine.Invalid):
            things.find_number(field, 1, fields={})
    with pytest.raises(engine.Forbidden):
        replace(things, allowed=frozenset()).find_number("no", 1, fields={})
