"""What /api/indexes reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import engine
from web.parameters import Parameters
from web.queries import collation

_MEMBERS = {
    *("database_id", "collection_name", "keys"),
    *("unique", "partial_filter", "expire_after_seconds", "name", "collation"),
    *("default_language", "language_override", "weights"),
}


@dataclass(frozen=True)
class Target:
    """A collection and, for DELETE, the name of an index."""

    database_id: str
    collection: str
    name: str = ""


@dataclass(frozen=True)
class Creation:
    """An index to make."""

    database_id: str
    collection: str
    index: engine.NewIndex


def target(values: Mapping[str, str]) -> Target:
    """The query string of GET."""
    given = Parameters(values)
    found = Target(given.text("database_id"), given.text("collection_name"))
    given.check()
    return found


def deletion(body: Mapping[str, Any]) -> Target:
    """The body of DELETE."""
    given = Parameters(body)
    found = Target(given.text("database_id"), given.text("collection_name"), given.text("name"))
    given.check()
    return found


def creation(body: Mapping[str, Any]) -> Creation:
    """The body of POST; a member that is none is a fault, or its misspelling would make another index."""
    given = Parameters(body)
    database_id, collection = given.text("database_id"), given.text("collection_name")
    for name in sorted(body.keys() - _MEMBERS):
        given.add_error(name, "There is no such property of an index.")
    seconds = body.get("expire_after_seconds")
    if seconds is not None and type(seconds) is not int:
        given.add_error("expire_after_seconds", "expire_after_seconds must be a whole number")
    index = engine.NewIndex(
        keys=_keys(given, body.get("keys")),
        unique=given.boolean("unique", default=False),
        partial=given.object("partial_filter") if body.get("partial_filter") is not None else None,
        expires=seconds if type(seconds) is int else None,
        name=given.text("name", default=""),
        collation=collation(given, body.get("collation")),
        text=engine.TextOptions(
            default_language=given.text("default_language", default="") or None,
            language_override=given.text("language_override", default="") or None,
            weights=given.object("weights") if body.get("weights") is not None else None,
        ),
    )
    given.check()
    return Creation(database_id, collection, index)


def _keys(given: Parameters, raw: Any) -> tuple[tuple[str, int | str], ...]:
    if type(raw) is not list or not raw:
        given.add_error("keys", "keys must be an array of at least one {field, order}")
        return ()
    return tuple(_key(given, item, f"keys.{index}") for index, item in enumerate(raw))


def _key(given: Parameters, raw: Any, place: str) -> tuple[str, int | str]:
    path, order = (raw.get("field"), raw.get("order", 1)) if type(raw) is dict else (None, 1)
    if type(path) is not str or raw.keys() - {"field", "order"}:
        given.add_error(place, 'Must be an object such as {"field": "name", "order": 1}.')
        return "", 1
    if type(order) not in (int, str) or order not in engine.ORDERS:
        given.add_error(f"{place}.order", 'Must be 1, -1, "text" or "2dsphere".')
        return path, 1
    return path, order
