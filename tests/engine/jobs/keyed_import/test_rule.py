"""Which keys an import may have, and what they need."""

from __future__ import annotations

import pytest

import engine
from engine.indexes import NewIndex
from engine.jobs import ImportKey, OnDuplicate
from tests.engine.conftest import Make
from tests.engine.jobs.keyed_import.conftest import CODE, N, importer, load


def test_what_may_not_be_done(make: Make) -> None:
    fields = (CODE, {"name": "no", "type": "autonumber"})
    adder = make(*fields, allowed=frozenset({engine.Action.READ, engine.Action.INSERT}))
    with pytest.raises(engine.Forbidden, match="'write'"):
        load(importer("upsert"), adder, {"code": "a"})
    assert load(importer("skip"), adder, {"code": "a"}).inserted == 1
    for key in ("no", "a.b", "_sys"):
        with pytest.raises(engine.Invalid, match="cannot be the key"):
            load(importer("skip", key), adder, {"code": "a"})


def test_which_keys_have_an_index(make: Make) -> None:
    things = make(CODE, N)
    rules = {key: ImportKey(key, OnDuplicate.SKIP) for key in ("_id", "code", "n", "city")}
    assert [key for key, rule in rules.items() if rule.is_indexed(things)] == ["_id", "code"]
    things.indexes.create(NewIndex([("n", 1), ("city", 1)]))
    things.indexes.create(NewIndex([("city", 1)], partial={"n": 1}))
    assert [key for key, rule in rules.items() if rule.is_indexed(things)] == ["_id", "code", "n"]
