"""Imports that changed documents and are taken back, without undoing what others have changed since."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import engine
from engine.jobs import Ledger, RollbackCounts
from engine.store import Store
from engine.update import Operators
from tests.engine.conftest import Make
from tests.engine.jobs.keyed_import.conftest import CODE, N, documents_of, importer, load


def counts(result: RollbackCounts) -> tuple[int, int, int]:
    return result.removed, result.restored, result.left


def document_of(things: engine.Collection, code: str) -> dict[str, Any]:
    (document,) = things.find(engine.Query(filter={"code": code})).documents
    return document


@pytest.mark.parametrize("choice", ["upsert", "replace"])
def test_an_import_is_taken_back_exactly(airports: engine.Collection, choice: str) -> None:
    before, plan = documents_of(airports), importer(choice)
    load(plan, airports, {"code": "HEL", "n": 5}, {"code": "TMP"}, {"code": "OUL", "n": 2})
    # The second batch changes what the first has inserted and changed.
    load(plan, airports, {"code": "TMP", "n": 6}, {"code": "HEL", "n": 7}, {"code": "RVN"}, start=3)
    other = importer("upsert")
    assert plan.ledger(airports).rows == 6
    for _ in range(2):  # as after a crash
        assert counts(plan.roll_back(airports)) == (2, 3, 0)
    assert documents_of(airports) == before
    assert document_of(airports, "HEL")["_sys"]["version"] == 5
    assert document_of(airports, "OUL")["_sys"]["version"] == 1
    assert airports.history.deleted(engine.Query()).documents == []
    assert plan.ledger(airports) == Ledger()
    plan.forget(airports)
    assert counts(plan.roll_back(airports)) == (0, 0, 0)
    assert load(other, airports, {"code": "TMP"}) == Ledger(1, inserted=1)


def test_what_others_have_changed_since_stays(airports: engine.Collection) -> None:
    plan = importer("upsert")
    rows = [{"code": "HEL", "n": 5}, {"code": "OUL", "n": 6}, {"code": "TMP"}, {"code": "TKU"}, {"code": "RVN"}]
    load(plan, airports, *rows)
    airports.update(engine.Query(filter={"code": "HEL"}), engine.Change({"city": "Helsinki"}))
    airports.update(engine.Query(filter={"code": "TMP"}), engine.Change({"n": 1}))
    airports.delete(engine.Query(filter={"code": "RVN"}))
    # Changed and changed back: it is as the import left it.
    airports.update(engine.Query(filter={"code": "TKU"}), engine.Change({"n": 1}))
    airports.update(engine.Query(filter={"code": "TKU"}), Operators({"$unset": {"n": True}}))
    result = plan.roll_back(airports)
    assert counts(result) == (1, 1, 2)
    assert {*result.left_ids} == {document_of(airports, code)["_id"] for code in ("HEL", "TMP")}
    assert documents_of(airports) == [
        {"code": "HEL", "n": 5, "city": "Helsinki"},
        {"code": "OUL", "n": 2},
        {"code": "TMP", "n": 1},
    ]


def test_a_version_that_was_pruned_cannot_be_taken_back(airports: engine.Collection) -> None:
    plan = importer("upsert")
    load(plan, airports, {"code": "HEL", "n": 5})
    airports.store.delete_where(airports.database, f"{airports.spec.physical}.versions", {})
    assert counts(plan.roll_back(airports)) == (0, 0, 1)
    assert document_of(airports, "HEL")["n"] == 5


def test_values_that_must_be_unique(make: Make) -> None:
    things = make(CODE, {**N, "unique": True}, history=True)
    things.insert([{"code": "a", "n": 1}, {"code": "b", "n": 2}, {"code": "c", "n": 3}])
    plan = importer("upsert")
    load(plan, things, {"code": "a", "n": 10}, {"code": "c", "n": 30})
    load(plan, things, {"code": "b", "n": 1}, start=2)
    load(plan, things, {"code": "a", "n": 2}, start=3)
    things.insert([{"code": "d", "n": 3}])
    result = plan.roll_back(things)
    assert counts(result) == (0, 3, 1)
    assert result.left_ids == [document_of(things, "c")["_id"]]
    assert [(item["code"], item["n"]) for item in documents_of(things)] == [("a", 1), ("b", 2), ("c", 30), ("d", 3)]


def test_a_rollback_continues_after_a_crash(airports: engine.Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    before, plan = documents_of(airports), importer("upsert")
    for start in range(3):
        load(plan, airports, {"code": "HEL", "n": 10 + start}, start=start)
    replace_record, calls = Store.replace, [0]

    def die(store: Store, *arguments: Any) -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise KeyboardInterrupt
        replace_record(store, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "replace", die)
        with pytest.raises(KeyboardInterrupt):
            plan.roll_back(airports)
    assert document_of(airports, "HEL")["n"] == 11
    with pytest.raises(engine.Conflict, match="has undone the import"):
        load(plan, airports, {"code": "TMP"}, start=3)
    assert counts(plan.roll_back(airports)) == (0, 3, 0)
    assert documents_of(airports) == before


def test_a_rollback_needs_what_the_import_needed(airports: engine.Collection) -> None:
    plan = importer("upsert")
    load(plan, airports, {"code": "HEL", "n": 5})
    with pytest.raises(engine.Forbidden):
        plan.roll_back(replace(airports, allowed=frozenset({engine.Action.READ, engine.Action.INSERT})))


def test_without_history_nothing_is_recorded(make: Make) -> None:
    things = make(CODE, N, history=False)
    load(importer("upsert"), things, {"code": "a"}, {"code": "b"})
    records = things.store.all(things.database, "_imports", {})
    assert [(item["_id"], item["rows"]) for item in records] == [("job", 2)]
