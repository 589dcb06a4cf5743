"""How MongoDB runs a query, and the index that would avoid a scan of the whole collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.context.context import Context
from engine.query.error_location import attach_error_location
from engine.query.query import Query
from engine.read.pages import Pages, PreparedRead
from engine.schema.collation import option
from engine.store import Store

_MANY = 1_000
_TOO_MANY = 10
_MAX_KEYS = 31
_SAME = {"$eq", "$in"}
_RANGE = {"$gt", "$gte", "$lt", "$lte", "$regex"}


@dataclass(frozen=True)
class Explanation:
    """The plan and cost of a query. `stage` is how documents were found; `advice` are the keys of a helpful
    index.
    """

    index: str | None
    stage: str
    keys_examined: int
    documents_examined: int
    returned: int
    milliseconds: int
    advice: tuple[tuple[str, int], ...] = ()


def explain_find(context: Context, query: Query) -> Explanation:
    """Run the query of one page and return its plan and cost."""
    reading = Pages.of(context).reading(query)
    with attach_error_location(query.request):
        names = (context.store, context.database, context.spec.physical)
        return explain(*names, reading, sorted_by_caller=bool(query.sort))


def explain(
    store: Store, database: str, collection: str, reading: PreparedRead, *, sorted_by_caller: bool
) -> Explanation:
    """Run the query and return its plan and cost."""
    nearness = reading.nearness
    command: dict[str, Any] = {
        "find": collection,
        "filter": nearness.joined(reading.page_filter) if nearness else reading.page_filter,
        "sort": {} if nearness else dict(reading.sort),
        "skip": reading.skip,
        "limit": reading.limit,
        **({"hint": reading.hint} if reading.hint else {}),
        **option(reading.collation),
    }
    result = store.command(database, {"explain": command, "verbosity": "executionStats"})
    stats = result["executionStats"]
    plan = result["queryPlanner"]["winningPlan"]
    leaf = next(_leaves(plan.get("queryPlan", plan)))
    walked, returned = stats["totalDocsExamined"], stats["nReturned"]
    # By the order of `_id` all is walked as well, when what is asked for is something else.
    unserved = leaf["stage"] == "COLLSCAN" or (leaf.get("indexName") == "_id_" and "_id" not in reading.filter)
    wasteful = unserved and not nearness and walked > max(_MANY, _TOO_MANY * returned)
    return Explanation(
        index=leaf.get("indexName"),
        stage=leaf["stage"],
        keys_examined=stats["totalKeysExamined"],
        documents_examined=walked,
        returned=returned,
        milliseconds=stats["executionTimeMillis"],
        advice=index_for(reading.filter, reading.sort if sorted_by_caller else []) if wasteful else (),
    )


def index_for(filter: Mapping[str, Any], sort: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Return index keys: fields compared with single values first, then the sort, then ranges."""
    same, ranges = list(_compared(filter, _SAME)), list(_compared(filter, _RANGE))
    order = sort or ([] if ranges else [("_id", 1)])
    keys = [(path, 1) for path in same] + order + [(path, 1) for path in ranges]
    if not same and not ranges and not sort:
        return ()
    orders: dict[str, int] = {}
    for path, way in keys:
        orders.setdefault(path, way)
    return tuple(orders.items())[:_MAX_KEYS]


def _compared(filter: Mapping[str, Any], operators: set[str]) -> Iterator[str]:
    """Return the fields that every match compares by one of these operators."""
    for path, condition in filter.items():
        if path == "$and":
            for part in condition:
                yield from _compared(part, operators)
        elif not path.startswith("$") and _operators(condition) & operators:
            yield path


def _operators(condition: Any) -> set[str]:
    is_operators = type(condition) is dict and any(name.startswith("$") for name in condition)
    return set(condition) if is_operators else {"$eq"}


def _leaves(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the stages at which a plan begins to read."""
    below = plan.get("inputStages") or ([plan["inputStage"]] if "inputStage" in plan else [])
    if not below:
        yield plan
    for stage in below:
        yield from _leaves(stage)
