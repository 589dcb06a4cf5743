"""Aggregation pipelines: ids as this dialect writes them, at any depth."""

from __future__ import annotations

from typing import Any

_ID = "$ObjectId"


def with_literals(value: Any) -> Any:
    """Return a pipeline with `{"$ObjectId": "…"}` as the `{"$oid": "…"}` of extended JSON.

    Pipelines are not cast: they say which text is an id or a date (`{"$date": "…"}`).
    """
    if type(value) is list:
        return [with_literals(item) for item in value]
    if type(value) is not dict:
        return value
    if value.keys() == {_ID}:
        return {"$oid": value[_ID]}
    return {name: with_literals(item) for name, item in value.items()}
