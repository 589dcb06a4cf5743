"""Numbers of documents that rise by one within a series, without gaps: such as those of invoices."""

from __future__ import annotations

from typing import Any

from engine.context.context import Context
from engine.encoding.json import dumps
from engine.errors import Forbidden, Invalid

# Larger values of the field are no numbers of a series.
_MAX_NUMBER = 10**15
_MAX_SERIES_LENGTH = 200


def next_number(context: Context, *, field: str, series_field: str, series: Any) -> int:
    """Return the next number of a series, in the open transaction of the context.

    A transaction that fails takes no number. Others that number documents of the series wait for it. The number is
    larger than every one that a document of the series has, also as text.
    """
    if context.store.has_row_filter(context.database, context.spec.physical):
        raise Forbidden("A credential that may see only some documents cannot number those of a series.")
    name = f"{field} {dumps(series).decode()}"
    if len(name) > _MAX_SERIES_LENGTH:
        raise Invalid.of_field(series_field, f"Must have at most {_MAX_SERIES_LENGTH} characters with the field.")
    counters = (context.database, context.counters, {"_id": name})
    # Written before the documents are read, so that transactions of one series conflict.
    context.store.upsert_new(*counters, {"$inc": {"last": 1}})
    least = _largest(context, field=field, match={series_field: series})
    context.store.upsert_new(*counters, {"$max": {"last": least + 1}})
    last: int = context.store.all(context.database, context.counters, {"_id": name})[0]["last"]
    return last


def _largest(context: Context, *, field: str, match: dict[str, Any]) -> int:
    number = {"$convert": {"input": f"${field}", "to": "long", "onError": 0, "onNull": 0}}
    stages: list[dict[str, Any]] = [
        {"$match": match},
        {"$project": {"number": number}},
        {"$match": {"number": {"$lt": _MAX_NUMBER}}},
        {"$group": {"_id": None, "largest": {"$max": "$number"}}},
    ]
    groups = context.store.aggregate(context.database, context.spec.physical, stages)
    return max(int(groups[0]["largest"]), 0) if groups else 0
