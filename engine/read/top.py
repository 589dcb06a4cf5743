"""The first documents by one field, as an index of that field alone has them, and what indexes say of fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.actions import Action
from engine.context.context import Context
from engine.query.error_location import attach_error_location
from engine.query.query import Query


def find_top(context: Context, query: Query) -> list[dict[str, Any]]:
    """Return the first documents by the sort of the query alone: which of equal ones come first is not defined.

    At most `limit` of them, which is at most a page. Raises `TooLarge` where 16 MB do not hold them.
    """
    context.require(Action.READ)
    store, spec = context.store, context.spec
    _, limit = query.checked_page(limits=store.limits)
    with attach_error_location(query.request):
        documents = store.find(
            context.database,
            spec.physical,
            query.compiled(spec.schema, limits=store.limits),
            sort=query.checked_sort(limits=store.limits)[: len(query.sort)],
            fields=query.checked_fields(limits=store.limits),
            skip=0,
            limit=limit,
        )
    return spec.schema.present(documents)


def excludes_arrays(context: Context, path: str) -> bool:
    """Return whether an index of all documents shows that none of them has an array at a path.

    False means unknown, as always in a transaction and with a row filter: MongoDB explains nothing there.
    """
    context.require(Action.READ)
    store, physical = context.store, context.spec.physical
    if not store.may_join:
        return False
    command = {"explain": {"find": physical, "filter": {}, "sort": {path: 1}}, "verbosity": "queryPlanner"}
    plan = store.command(context.database, command)["queryPlanner"]["winningPlan"]
    scans = [scan for scan in _index_scans(plan) if next(iter(scan["keyPattern"])) == path]
    return any(not scan["isMultiKey"] for scan in scans)


def _index_scans(plan: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the stages of a plan that read an index."""
    if type(plan) is list:
        for item in plan:
            yield from _index_scans(item)
    if isinstance(plan, Mapping):
        if plan.get("stage") == "IXSCAN":
            yield plan
        for item in plan.values():
            yield from _index_scans(item)
