"""Dry runs: what a write would do, without a trace of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine import ALL_ACTIONS, Action, Change, Delete, Forbidden, Query, Update
from engine.write.dry_run import preview
from tests.engine.conftest import Make

Stored = Callable[..., list[dict[str, Any]]]


def content(document: dict[str, Any] | None) -> dict[str, Any] | None:
    return document and {name: value for name, value in document.items() if name not in ("_id", "_sys")}


@pytest.mark.parametrize("history", [False, True])
@pytest.mark.parametrize(
    ("operation", "count", "samples"),
    [
        (Update(Query({"n": {"$gt": 1}}), Change({"n": 0})), 2, [({"n": 2}, {"n": 0}), ({"n": 3}, {"n": 0})]),
        (Delete(Query({"n": 1})), 1, [({"n": 1}, None)]),
        (Update(Query({"n": 9}), Change({"n": 0})), 0, []),
        (Update(Query({"n": 9}), Change({"x": 1}), upsert=True), 0, [(None, {"n": 9, "x": 1})]),
    ],
)
def test_documents_before_and_after(
    make: Make, stored: Stored, history: bool, operation: Any, count: int, samples: list[Any]
) -> None:
    things = make(history=history)
    things.insert([{"n": 1}, {"n": 2}, {"n": 3}])
    before = stored(system=True)
    result = preview(things, operation)
    assert result.count == count
    assert [(content(sample.before), content(sample.after)) for sample in result.samples] == samples
    assert stored(system=True) == before


def test_only_the_first_five_documents_are_samples(make: Make) -> None:
    things = make()
    ids = things.insert([{"n": number} for number in range(7)])
    result = preview(things, Update(Query({}), Change({"n": 9})))
    assert result.count == 7
    assert len(result.samples) == 5
    assert {sample.id for sample in result.samples} <= set(ids)
    for sample in result.samples:
        assert sample.before is not None
        assert sample.after is not None
        assert sample.before["_id"] == sample.after["_id"] == sample.id
        assert (sample.before["_sys"]["version"], sample.after["_sys"]["version"]) == (1, 2)


@pytest.mark.parametrize(
    ("operation", "needed"),
    [(Update(Query({}), Change({"n": 0})), Action.WRITE), (Delete(Query({})), Action.DELETE)],
)
def test_a_dry_run_needs_the_permission_of_its_write(make: Make, operation: Any, needed: Action) -> None:
    with pytest.raises(Forbidden, match=f"^This needs the permission '{needed.value}'\\.$"):
        preview(make(allowed=ALL_ACTIONS - {needed}), operation)
