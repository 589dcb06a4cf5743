"""Changes of several documents at once, each with values of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bson import ObjectId

import engine
from tests.engine.conftest import Make


def states(things: engine.Collection) -> list[tuple[object, int]]:
    page = things.find(engine.Query({}, sort=(("code", 1),)))
    return [(row.get("n"), row["_sys"]["version"]) for row in page.documents]


@pytest.mark.parametrize("history", [True, False])
def test_each_document_gets_its_values(make: Make, history: bool) -> None:
    things = make({"name": "code", "unique": True}, {"name": "n", "type": "number"}, history=history)
    ids = things.insert([{"code": f"c{number}", "n": 0} for number in range(3)])
    missing = ObjectId()
    changes = [(name, engine.Change({"n": number})) for number, name in enumerate([*ids, missing], 1)]
    things.change_each(changes)
    assert states(things) == [(1, 2), (2, 2), (3, 2)]
    if history:
        assert [things.history.version(name, 1)["n"] for name in ids] == [0, 0, 0]
    with pytest.raises(engine.Invalid) as failure:
        things.change_each([(ids[0], engine.Change({"n": 9})), (ids[1], engine.Change({"n": "x"}))])
    assert [(item.field, item.index) for item in failure.value.errors] == [("update_data.n", 1)]
    with pytest.raises(engine.Conflict):
        things.change_each([(ids[0], engine.Change({"n": 9})), (ids[1], engine.Change({"code": "c2"}))])
    reader = replace(things, allowed=frozenset({engine.Action.READ}))
    with pytest.raises(engine.Forbidden):
        reader.change_each(changes)
    assert states(things) == [(1, 2), (2, 2), (3, 2)]


def test_where_rows_are_hidden_only_visible_ones_change(make: Make) -> None:
    things = make({"name": "code"}, {"name": "n", "type": "number"}, history=True)
    mine, other = things.insert([{"code": "a", "n": 0}, {"code": "b", "n": 0}])
    filters = {(things.database, things.spec.physical): {"code": "a"}}
    limited = replace(things, store=things.store.with_row_filter(filters))
    limited.change_each([(mine, engine.Change({"n": 1})), (other, engine.Change({"n": 1}))])
    assert states(things) == [(1, 2), (0, 1)]


def test_numbers_are_reserved_once(make: Make) -> None:
    things = make({"name": "number", "type": "autonumber"})
    assert things.reserve_numbers("number", 0) == 1
    assert things.reserve_numbers("number", 3) == 1
    assert things.reserve_numbers("number", 0) == 4
    with pytest.raises(engine.Forbidden):
        replace(things, allowed=frozenset({engine.Action.READ})).reserve_numbers("number", 1)
