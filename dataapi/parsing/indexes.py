"""The parsers of /api/indexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.indexes import ORDERS, NewIndex, TextOptions
from web.requests.parameters import Parameters
from web.requests.queries import collation

_MEMBERS = {
    *("database_id", "collection_name", "keys"),
    *("unique", "partial_filter", "expire_after_seconds", "name", "collation"),
    *("default_language", "language_override", "weights"),
}


@dataclass(frozen=True)
class IndexTarget:
    """A collection and, for DELETE, the name of an index."""

    database_id: str
    collection: str
    name: str = ""


@dataclass(frozen=True)
class Creation:
    """An index to create."""

    database_id: str
    collection: str
    index: NewIndex


def target(values: Mapping[str, str]) -> IndexTarget:
    """Parse the query string of GET."""
    params = Parameters(values)
    parsed = IndexTarget(params.text("database_id"), params.text("collection_name"))
    params.check()
    return parsed


def deletion(body: Mapping[str, Any]) -> IndexTarget:
    """Parse the body of DELETE."""
    params = Parameters(body)
    parsed = IndexTarget(params.text("database_id"), params.text("collection_name"), params.text("name"))
    params.check()
    return parsed


def creation(body: Mapping[str, Any]) -> Creation:
    """Parse the body of POST. Unknown members are errors: a misspelled one would create another index."""
    params = Parameters(body)
    database_id, collection = params.text("database_id"), params.text("collection_name")
    for name in sorted(body.keys() - _MEMBERS):
        params.add_error(name, "Unknown property.")
    seconds = body.get("expire_after_seconds")
    if seconds is not None and type(seconds) is not int:
        params.add_error("expire_after_seconds", "expire_after_seconds must be a whole number")
    index = NewIndex(
        keys=_keys(params, body.get("keys")),
        unique=params.boolean("unique", default=False),
        partial=params.object("partial_filter") if body.get("partial_filter") is not None else None,
        expires=seconds if type(seconds) is int else None,
        name=params.text("name", default=""),
        collation=collation(params, body.get("collation")),
        text=TextOptions(
            default_language=params.text("default_language", default="") or None,
            language_override=params.text("language_override", default="") or None,
            weights=params.object("weights") if body.get("weights") is not None else None,
        ),
    )
    params.check()
    return Creation(database_id, collection, index)


def _keys(params: Parameters, raw: Any) -> tuple[tuple[str, int | str], ...]:
    if type(raw) is not list or not raw:
        params.add_error("keys", "keys must be an array of at least one {field, order}")
        return ()
    return tuple(_key(params, item, f"keys.{index}") for index, item in enumerate(raw))


def _key(params: Parameters, raw: Any, path: str) -> tuple[str, int | str]:
    field, order = (raw.get("field"), raw.get("order", 1)) if type(raw) is dict else (None, 1)
    if type(field) is not str or raw.keys() - {"field", "order"}:
        params.add_error(path, 'Must be an object such as {"field": "name", "order": 1}.')
        return "", 1
    if type(order) not in (int, str) or order not in ORDERS:
        params.add_error(f"{path}.order", 'Must be 1, -1, "text" or "2dsphere".')
        return field, 1
    return field, order
