"""Deleted documents as they were last."""

from __future__ import annotations

import engine
from tests.engine.conftest import Make


def test_only_those_that_do_not_exist_now(make: Make) -> None:
    collection = make(history=True)
    ids = collection.insert([{"n": 1}, {"n": 2}, {"n": 3}])
    assert collection.history.deleted(engine.Query()).documents == []
    collection.update(engine.Query({"_id": str(ids[0])}), engine.Change({"n": 10}))
    collection.delete(engine.Query({"n": {"$in": [10, 2]}}))
    page = collection.history.deleted(engine.Query(sort=(("n", -1),), limit=1))
    assert ([item["n"] for item in page.documents], page.has_more) == ([10], True)
    collection.history.undelete(ids[0])
    assert [item["_id"] for item in collection.history.deleted(engine.Query()).documents] == [ids[1]]
    collection.delete(engine.Query({"n": 10}))
    page = collection.history.deleted(engine.Query({"n": {"$gt": 5}}, fields={"n": 1}))
    assert page.documents == [{"_id": ids[0], "n": 10}]
