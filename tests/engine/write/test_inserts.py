"""New documents: how they are prepared, and batches of an import under ids of the caller."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

from engine import Action, Change, CollectionSpec, Forbidden, Invalid, Query, Store, TooLarge
from engine.actions import ALL_ACTIONS
from engine.context.context import Context
from engine.context.ids import created_at
from engine.errors import FieldError
from engine.limits import Limits
from engine.schema.declaration import parse_schema
from engine.write.inserts import count_imported, import_batch, prepare_new, undo_import
from tests.engine.conftest import Make

ONE, TWO, THREE = (ObjectId(digits * 12) for digits in ("51", "52", "53"))
DAY = {"name": "day", "type": "date"}
TITLE = {"name": "title", "type": "string", "required": True}
ISO = "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."
Stored = Callable[..., list[dict[str, Any]]]


def context(*allowed: Action, **limits: int) -> Context:
    """Return a context whose store never connects: documents are prepared without a server."""
    schema, _ = parse_schema([DAY, TITLE], limits=Limits())
    store = Store("mongodb://127.0.0.1:1", limits=Limits(**limits))
    return Context(store, "db", CollectionSpec("films", "c1", schema), "ann", frozenset(allowed))


def test_documents_are_coerced_and_stamped_with_the_time_of_their_ids() -> None:
    sent = [{"title": "a", "day": "2024-02-29"}, {"title": "é", "x": 1}]
    prepared = prepare_new(context(Action.INSERT), sent)
    first, second = (document.pop("_id") for document in prepared)
    assert first < second
    now = created_at(first)
    stamps = {"version": 1, "created": now, "created_by": "ann", "updated": now, "updated_by": "ann"}
    assert prepared == [
        {"title": "a", "day": datetime(2024, 2, 29), "_sys": stamps},
        {"title": "é", "x": 1, "_sys": stamps},
    ]
    assert sent == [{"title": "a", "day": "2024-02-29"}, {"title": "é", "x": 1}]


def test_every_error_has_the_index_of_its_document() -> None:
    with pytest.raises(Invalid) as caught:
        prepare_new(context(Action.INSERT), [{"title": "a"}, {"day": "x"}, 5])
    assert caught.value.errors == (
        FieldError("day", ISO, 1),
        FieldError("title", "This field is required.", 1),
        FieldError("", "A document must be a JSON object.", 2),
    )


def test_a_lenient_insert_refuses_only_what_cannot_be_stored() -> None:
    (document,) = prepare_new(context(Action.INSERT), [{"day": "x"}], lenient=True)
    assert document["day"] == "x"
    with pytest.raises(Invalid) as caught:
        prepare_new(context(Action.INSERT), [{"day": "x", "$a": 1, "_id": 1}], lenient=True)
    assert [error.field for error in caught.value.errors] == ["$a", "_id"]


def test_none_and_more_than_the_cap_are_refused() -> None:
    with pytest.raises(Invalid, match=r"^There are no documents to insert\.$"):
        prepare_new(context(Action.INSERT), [])
    documents = [{"title": "a"}] * 3
    assert len(prepare_new(context(Action.INSERT, batch_documents=3), documents)) == 3
    with pytest.raises(TooLarge, match=r"^At most 2 documents at once \(MAX_BATCH_DOCUMENTS\)\.$"):
        prepare_new(context(Action.INSERT, batch_documents=2), documents)


@pytest.mark.parametrize(
    "call",
    [
        lambda to: prepare_new(to, [{"title": "a"}]),
        lambda to: import_batch(to, [{"title": "a"}], ids=[ONE]),
        lambda to: undo_import(to, first=ONE, last=TWO),
        lambda to: count_imported(to, first=ONE, last=TWO),
    ],
)
def test_each_function_needs_the_permission_to_insert(call: Callable[[Context], Any]) -> None:
    with pytest.raises(Forbidden, match=r"^This needs the permission 'insert'\.$"):
        call(context(*ALL_ACTIONS - {Action.INSERT}))


def test_a_batch_is_imported_once_and_without_what_the_service_sets(make: Make, stored: Stored) -> None:
    things = make({"name": "no", "type": "autonumber"}, {"name": "full", "template": "{{a}}"})
    documents = [{"a": 1, "no": 70, "full": "x"}, {"a": 2}]
    for _ in range(2):
        import_batch(things, documents, ids=[ONE, TWO])
    assert [(item["_id"], item["a"], "full" in item) for item in stored(system=True)] == [
        (ONE, 1, False),
        (TWO, 2, False),
    ]
    assert [item["no"] for item in stored()] == [1, 2]
    assert count_imported(things, first=ONE, last=TWO) == 2
    assert count_imported(things, first=TWO, last=THREE) == 1


@pytest.mark.parametrize("history", [False, True])
def test_an_import_is_undone_with_its_versions(
    make: Make, stored: Stored, mongo: Any, database: str, history: bool
) -> None:
    things = make(history=history)
    import_batch(things, [{"a": 1}, {"a": 2}, {"a": 3}], ids=[ONE, TWO, THREE])
    things.update(Query({}), Change({"a": 0}))
    undo_import(things, first=ONE, last=TWO)
    assert [item["_id"] for item in stored(system=True)] == [THREE]
    assert [item["doc"] for item in mongo[database]["things.versions"].find()] == [THREE] * history
