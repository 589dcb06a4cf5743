"""The write in the browser session that can be undone."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

import engine
from dashboard.documents import undo
from dashboard.documents.undo import CHANGED, DELETED, INSERTED, Step

ID = "507f1f77bcf86cd799439011"


def request_of() -> Any:
    return SimpleNamespace(session={"team": 1})


def collection_of(*, history: bool, name: str = "films") -> engine.Collection:
    store: Any = None
    spec = engine.CollectionSpec(name, f"{name}_1", history=history)
    return engine.Collection(store, "p1", spec, "u1", engine.ALL_ACTIONS)


def offer(request: Any, steps: list[Step], *, history: bool = True) -> None:
    undo.offer(request, collection_of(history=history), "d1", steps, text="Saved.", view="?size=25")


def test_a_write_is_stored_as_json_and_offered() -> None:
    request = request_of()
    offer(request, [Step(ID, CHANGED, 3)])
    request.session = json.loads(json.dumps(request.session))
    assert undo.offered(request, "d1", "films") == {
        **{"database": "d1", "collection": "films", "text": "Saved.", "view": "?size=25"},
        "steps": [{"id": ID, "kind": "changed", "version": 3}],
    }


@pytest.mark.parametrize(("database", "collection"), [("d2", "films"), ("d1", "people"), ("", "")])
def test_a_write_is_offered_in_its_collection_only(database: str, collection: str) -> None:
    request = request_of()
    offer(request, [Step(ID, INSERTED)])
    assert undo.offered(request, database, collection) is None


@pytest.mark.parametrize(
    ("kinds", "history", "is_offered"),
    [
        ([INSERTED], False, True),
        ([CHANGED], False, False),
        ([DELETED], False, False),
        ([INSERTED, CHANGED], False, False),
        ([INSERTED, CHANGED, DELETED], True, True),
        ([], True, False),
        ([], False, False),
        ([DELETED] * 500, True, True),
        ([DELETED] * 501, True, False),
    ],
)
def test_a_write_that_cannot_be_undone_removes_the_stored_one(
    kinds: list[str], history: bool, is_offered: bool
) -> None:
    request = request_of()
    offer(request, [Step("old", INSERTED)])
    offer(request, [Step(ID, kind) for kind in kinds], history=history)
    stored = undo.offered(request, "d1", "films")
    expected = [{"id": ID, "kind": kind, "version": 0} for kind in kinds]
    assert (stored and stored["steps"]) == (expected if is_offered else None)
    assert request.session["team"] == 1


def test_nothing_is_offered_without_a_stored_write() -> None:
    request = request_of()
    assert undo.offered(request, "d1", "films") is None
    undo.clear(request)
    assert request.session == {"team": 1}


def test_a_cleared_write_is_not_offered() -> None:
    request = request_of()
    offer(request, [Step(ID, INSERTED)])
    undo.clear(request)
    assert undo.offered(request, "d1", "films") is None


def test_no_steps_undo_nothing() -> None:
    assert undo.undo(collection_of(history=True), []) == (0, [])
