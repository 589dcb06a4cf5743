"""The change feed of one actor: which collections and documents it may hear of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from bson import ObjectId

from engine import Action, CollectionSpec, Database, Forbidden, NotFound, Store
from engine.events import ChangeStream
from engine.events.event import RawChange, Token
from engine.handles.feed import ChangeEvent, ChangeFeed
from engine.limits import Limits
from engine.schema.declaration import parse_schema

# Never connected to: nothing here reaches a server.
STORE = Store("mongodb://127.0.0.1:1", limits=Limits())
STREAM = ChangeStream(STORE)
ID, AT = ObjectId("5f" * 12), datetime(2024, 2, 29, 12)
SCHEMA, _ = parse_schema([{"name": "day", "type": "date"}], limits=Limits())
SPECS = {
    "films": CollectionSpec("films", "c1", SCHEMA),
    "people": CollectionSpec("people", "c2", history=False),
}
READ: frozenset[Action] = frozenset({Action.READ})


def database(allowed: frozenset[Action] = READ, **specs: CollectionSpec) -> Database:
    return Database(STORE, "id", "name", "db", "ann", allowed, specs or SPECS)


def raw(collection: str = "c1", operation: str = "update", **more: Any) -> RawChange:
    return RawChange(Token(1, 2), "db", collection, operation, ID, 3, "bob", AT, **more)


def named(collection: str, operation: str = "update") -> ChangeEvent:
    return ChangeEvent(Token(1, 2), collection, operation, ID, 3, "bob", AT)


def feed(of: Database | None = None, **options: Any) -> ChangeFeed:
    return ChangeFeed(of or database(), STREAM, **options)


def test_a_feed_needs_reading() -> None:
    for collection in (None, "films"):
        with pytest.raises(Forbidden, match=r"^This needs the permission 'read'\.$"):
            feed(database(frozenset({Action.WRITE})), collection=collection)


def test_an_unknown_collection_is_not_found() -> None:
    with pytest.raises(NotFound, match=r"^The database has no collection 'c1'\.$"):
        feed(collection="c1")


def test_with_permissions_by_collection_only_readable_ones_are_heard() -> None:
    rights = {"films": READ, "people": frozenset({Action.INSERT})}
    limited = database().with_permissions(rights, own=(), besides=frozenset(), channels=frozenset())
    assert feed(limited)._named(raw("c1")) == named("films")
    assert feed(limited)._named(raw("c2")) is None
    with pytest.raises(Forbidden, match=r"^This needs the permission 'read'\.$"):
        feed(limited, collection="people")


@pytest.mark.parametrize(
    ("options", "event", "expected"),
    [
        ({}, raw("c1"), named("films")),
        ({}, raw("c2", "delete"), named("people", "delete")),
        ({}, raw("c3"), None),
        ({}, raw("films"), None),
        ({"collection": "films"}, raw("c1"), named("films")),
        ({"collection": "films"}, raw("c2"), None),
        # The version of a change describes it better, where there is one.
        ({}, raw("c1", is_duplicate=True), None),
        ({}, raw("c2", is_duplicate=True), named("people")),
        ({}, raw("_published", "publish"), None),
        ({"published": True}, raw("_published", "publish"), named("", "publish")),
    ],
)
def test_an_event_has_the_logical_name_of_its_collection(
    options: dict[str, Any], event: RawChange, expected: ChangeEvent | None
) -> None:
    assert feed(**options)._named(event) == expected


@pytest.mark.parametrize(("maker", "is_heard"), [("ann", True), ("bob", False), (None, False)])
def test_an_actor_limited_to_own_documents_hears_of_these_alone(maker: str | None, is_heard: bool) -> None:
    own = feed(database(films=replace(SPECS["films"], own=True)))
    assert (own._named(raw(maker=maker)) is not None) is is_heard


def test_an_inserted_document_is_presented_as_it_is_read() -> None:
    stored = {"_id": ID, "day": datetime(2024, 2, 29), "other": datetime(2024, 2, 29)}
    event = feed()._named(raw(operation="insert", document=stored))
    assert event is not None
    assert event.document == {"_id": ID, "day": date(2024, 2, 29), "other": datetime(2024, 2, 29)}
    assert stored["day"] == datetime(2024, 2, 29)


def test_a_published_message_is_part_of_its_event() -> None:
    message = {"channel": "news", "data": {"day": datetime(2024, 2, 29)}}
    event = feed(published=True)._named(raw("_published", "publish", document=message))
    assert event is not None
    assert event.document == message


def test_a_renewed_feed_has_the_collections_of_the_later_one() -> None:
    early, late = feed(database(films=SPECS["films"])), feed()
    assert early._named(raw("c2")) is None
    early.renew(late)
    assert early._named(raw("c2")) == named("people")
