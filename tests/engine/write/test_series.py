"""Numbers of a series: rising by one, and none is taken by what fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import engine
from tests.engine.conftest import Make


def test_numbers_without_gaps(make: Make) -> None:
    collection = make(history=True)
    ids = collection.insert([{"book": "a"}, {"book": "a", "n": 7}, {"book": "b"}, {"book": "a"}])

    def values(document: Mapping[str, Any], number: int) -> Mapping[str, Any]:
        if document.get("refused"):
            raise engine.Invalid("no")
        return {"n": number}

    def number(index: int) -> Any:
        query = engine.Query({"_id": str(ids[index])})
        document = collection.assign_number(query, field="n", series_field="book", values=values)
        return document and document["n"]

    assert [number(index) for index in (0, 1, 2)] == [8, 7, 1]
    collection.update(engine.Query({"_id": str(ids[3])}), engine.Change({"refused": True}))
    with pytest.raises(engine.Invalid):
        number(3)
    collection.update(engine.Query({"_id": str(ids[3])}), engine.Change({"refused": False}))
    assert number(3) == 9
    collection.delete(engine.Query({"book": "b"}))
    assert number(2) is None
