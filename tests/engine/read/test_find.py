"""Documents that match a query: one page with its references, or all in batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import engine
from engine import Action, CollectionSpec, Forbidden, Invalid, Query, Store
from engine.context.context import Context
from engine.errors import FieldError
from engine.limits import Limits
from engine.read.find import find, find_all
from tests.engine.conftest import Make

Read = Callable[[Context, Query], Any]
POINT = {"$geometry": {"type": "Point", "coordinates": [1, 2]}}


def context(*allowed: Action) -> Context:
    """Return a context whose store never connects."""
    store = Store("mongodb://127.0.0.1:1", limits=Limits())
    return Context(store, "db", CollectionSpec("films", "c1"), "ann", frozenset(allowed))


@pytest.mark.parametrize("read", [find, lambda *args: next(find_all(*args))], ids=["find", "find_all"])
def test_reading_needs_its_permission(read: Read) -> None:
    with pytest.raises(Forbidden, match=r"^This needs the permission 'read'\.$"):
        read(context(*engine.ALL_ACTIONS - {Action.READ}), Query())


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (
            Query({"place": {"$near": POINT}}, root="q"),
            ("q", "All documents at once have no order by distance; use $geoWithin."),
        ),
        (
            Query({"$text": {"$search": "a"}}, score=True),
            ("score", "All documents at once have no order by score."),
        ),
    ],
)
def test_all_documents_have_no_order_of_their_own(query: Query, error: tuple[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        find_all(context(Action.READ), query)
    assert caught.value.errors == (FieldError(*error),)


def test_a_reference_that_is_none_is_refused_before_anything_is_read() -> None:
    with pytest.raises(Invalid) as caught:
        find(context(Action.READ), Query(expand=("title",)))
    assert caught.value.errors == (FieldError("expand", "'title' is not a reference of the collection."),)


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (256, [256]), (257, [256, 1]), (600, [256, 256, 88])])
def test_all_documents_come_in_batches(make: Make, count: int, sizes: list[int]) -> None:
    things = make()
    if count:
        things.insert([{"n": number} for number in range(count)])
    batches = [*find_all(things, Query(sort=(("n", -1),), skip=5, limit=1))]
    assert [len(batch) for batch in batches] == sizes
    assert [document["n"] for batch in batches for document in batch] == [*reversed(range(count))]


def test_only_matching_documents_and_named_fields_are_read(make: Make) -> None:
    things = make()
    things.insert([{"n": number, "x": 1} for number in range(5)])
    (batch,) = find_all(things, Query({"n": {"$gt": 2}}, fields={"n": 1, "_id": 0}))
    assert batch == [{"n": 3}, {"n": 4}]


def test_a_page_has_its_references_expanded(make: Make) -> None:
    things = make({"name": "next", "type": "reference", "collection": "things"})
    (first,) = things.insert([{"title": "é"}])
    things.insert([{"next": str(first)}, {"next": "f" * 24}])
    reading = Context(
        things.store, things.database, things.spec, "ann", things.allowed, siblings={"things": things.spec}
    )
    page = find(reading, Query({"next": {"$exists": True}}, expand=("next",)))
    one, other = (document["next"] for document in page.documents)
    assert (one["_id"], one["title"], other) == (first, "é", None)
    assert [document["next"] for document in find(reading, Query(skip=1, limit=1)).documents] == [first]
