"""Locations in a request of what MongoDB refused: MongoDB names operators and paths, not where they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Any

from engine.errors import Error, FieldError, Invalid, invalid
from engine.query.expressions import DATES
from engine.store import mentioned_names

_FROM_TEXT = {"$convert", "$dateFromString", "$toDate"}
# What MongoDB calls by another name than the request: {its name: what the request may have instead}.
_ALSO = {
    "Date": DATES,
    "Regular expression": {"$regex"},
    "$regexMatch": {"$regex"},  # see engine.query.regex_guard
    "count field": {"$count"},
    "date string": _FROM_TEXT,
    "date/time string": _FROM_TEXT,
    "newRoot": {"$replaceRoot"},
    "replacement document": {"$replaceWith"},
    "$convert": {"$toBool", "$toDate", "$toDecimal", "$toDouble", "$toInt", "$toLong", "$toObjectId"},
    "$switch": {"$bucket"},
}
_MAX_LOCATIONS = 10
_OR_ELSEWHERE = " (Here, or at another of the listed places.)"


@contextmanager
def attach_error_location(*requests: tuple[str, Any]) -> Iterator[None]:
    """Add locations to errors that MongoDB raises inside the block. A request is (its name, itself)."""
    try:
        yield
    except Invalid as error:
        located = with_error_location(error, *requests)
        if located is error:
            raise
        raise located from error


def with_error_location(error: Error, *requests: tuple[str, Any]) -> Error:
    """Return the error with the locations, in the first request that has them, of what MongoDB names; else that of
    the first request. Errors that do not come from MongoDB are returned unchanged.
    """
    names = mentioned_names(error) if isinstance(error, Invalid) else None
    if names is None or not requests:
        return error
    names |= {other for name in names for other in _ALSO.get(name, ())}
    likeliest = (_likeliest([*_paths(raw, root, names)]) for root, raw in requests)
    locations = next(filter(None, likeliest), [requests[0][0]])
    text = error.message + (_OR_ELSEWHERE if len(locations) > 1 else "")
    return invalid([FieldError(location, text) for location in locations[:_MAX_LOCATIONS]])


def _paths(
    raw: Any, location: str, names: AbstractSet[str], met: frozenset[str] = frozenset()
) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each location where a member has one of the names, as a path its last ones, or where a variable is one
    of them; each with all the names on the way to it.
    """
    if type(raw) is dict:
        for key, value in raw.items():
            here = {name for name in names if key == name or key.endswith(f".{name}")}
            if here:
                yield f"{location}.{key}", met | here
            yield from _paths(value, f"{location}.{key}", names, met | here)
    elif type(raw) is list:
        for index, item in enumerate(raw):
            yield from _paths(item, f"{location}.{index}", names, met)
    elif type(raw) is str and raw.startswith("$$") and raw.partition(".")[0] in names:
        yield location, met | {raw}


def _likeliest(locations: Sequence[tuple[str, frozenset[str]]]) -> list[str]:
    """Return the locations with the most of the names."""
    max_matches = max((len(met) for _, met in locations), default=0)
    return [location for location, met in locations if len(met) == max_matches]
