"""Rows are imported exactly once, and an import that is undone leaves nothing."""

from __future__ import annotations

import pytest

import engine
from engine.jobs import Ledger
from tests.engine.jobs.keyed_import.conftest import documents_of, importer, load


def test_duplicates_are_errors_and_nothing_is_stored(airports: engine.Collection) -> None:
    with pytest.raises(engine.Conflict, match="exists already") as caught:
        load(importer("insert"), airports, {"code": "TMP"}, {"code": "HEL"}, {"code": "TMP"})
    assert [(item.field, item.index) for item in caught.value.errors] == [("code", 1), ("code", 2)]
    assert len(documents_of(airports)) == 2
    assert importer("insert").ledger(airports) == Ledger()


def test_a_batch_that_is_repeated_does_nothing(airports: engine.Collection) -> None:
    plan = importer("upsert")
    first = load(plan, airports, {"code": "HEL", "n": 5}, {"code": "TMP"})
    assert load(plan, airports, {"code": "HEL", "n": 5}, {"code": "TMP"}) == first == plan.ledger(airports)
    second = load(plan, airports, {"code": "HEL", "n": 5}, start=2)
    assert second == Ledger(3, inserted=1, updated=1, unchanged=1)
    with pytest.raises(engine.Conflict, match="Another worker"):
        load(plan, airports, {"code": "HEL", "n": 6}, {"code": "HEL", "n": 7}, start=2)


@pytest.mark.parametrize("choice", ["insert", "skip"])
def test_what_was_inserted_is_removed(airports: engine.Collection, choice: str) -> None:
    plan = importer(choice)
    load(plan, airports, {"code": "TMP"}, {"code": "TKU"})
    load(plan, airports, {"code": "RVN"}, start=2)
    airports.update(engine.Query(filter={"code": "TKU"}), engine.Change({"n": 1}))
    for _ in range(2):
        plan.undo(airports)
    assert [item["code"] for item in documents_of(airports)] == ["HEL", "OUL"]
    assert plan.ledger(airports) == Ledger()
