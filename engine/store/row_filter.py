"""Row-filtered collections: every access is limited to some documents, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import Forbidden

REFUSED = "This operation is not available to a credential that may see only some documents or fields."
OUTSIDE = "The document would not match the row filter of this credential."
# Methods of a driver's collection that take a filter first.
_FILTERED = frozenset(
    {
        *("find", "find_one", "find_one_and_update", "find_one_and_delete", "count_documents"),
        *("update_one", "update_many", "delete_one", "delete_many"),
    }
)
_INSERTS = frozenset({"insert_one", "insert_many"})
# What lies beside a collection: its versions, which may be added to, and its counters, which hold no documents.
_COUNTERS = ".counters"
# Stages that must be the first, before which nothing can be put.
_FIRST = frozenset({"$collStats", "$indexStats", "$search", "$searchMeta", "$documents"})
_CHECK_BATCH_SIZE = 10_000


@dataclass(frozen=True)
class RowRule:
    """What a store shows of a collection: the documents that match `filter`, after the pipeline stage `mask`.

    With `is_scope` written documents must match as well, and superseded versions that match can be read.
    """

    filter: Mapping[str, Any]
    mask: Mapping[str, Any] | None = None
    is_scope: bool = False

    @property
    def stages(self) -> list[dict[str, Any]]:
        """The stages of a pipeline after which only what is visible is left."""
        matching = [{"$match": dict(self.filter)}] if self.filter else []
        return [*matching, *([dict(self.mask)] if self.mask else [])]

    @property
    def checks_writes(self) -> bool:
        return self.is_scope and bool(self.filter)


Filters = Mapping[tuple[str, str], RowRule]


class RowFilteredCollection:
    """A driver's collection. `rule` None allows inserts and no reads.

    A masked collection is read by commands alone, unless `is_writing`: then its documents are seen as stored, by
    writes whose filters and changes were checked against the mask.
    """

    def __init__(self, target: Any, rule: RowRule | None, *, is_writing: bool = False) -> None:
        self._target = target
        self._rule = rule
        self._is_writing = is_writing

    def __getattr__(self, name: str) -> Any:
        """Return an allowed method. Unknown driver methods raise `Forbidden`."""
        rule = self._rule
        if name in _INSERTS:
            return self._checked_insert(name, rule) if rule and rule.checks_writes else getattr(self._target, name)
        if name not in _FILTERED or rule is None:
            raise Forbidden(REFUSED)
        if rule.mask and not self._is_writing:
            if name == "count_documents":
                return self._count_masked
            raise Forbidden(REFUSED)

        def call(filter: Mapping[str, Any] | None = None, *args: Any, **named: Any) -> Any:
            # A filter that compares without case would match the documents of others.
            if named.get("upsert") or named.get("collation"):
                raise Forbidden(REFUSED)
            visible = both(filter, rule.filter)
            if not (rule.checks_writes and "update" in name):
                return getattr(self._target, name)(visible, *args, **named)
            session = _session(named)
            ids = [item["_id"] for item in self._target.find(visible, {"_id": 1}, session=session)]
            result = getattr(self._target, name)(visible, *args, **named)
            self._check(ids, rule, session)
            return result

        return call

    def _checked_insert(self, name: str, rule: RowRule) -> Any:
        def call(documents: Any, **named: Any) -> Any:
            session = _session(named)
            result = getattr(self._target, name)(documents, **named)
            ids = [item["_id"] for item in (documents if isinstance(documents, list) else [documents])]
            self._check(ids, rule, session)
            return result

        return call

    def _check(self, ids: Sequence[Any], rule: RowRule, session: Any) -> None:
        """Raise `Forbidden`, which aborts the transaction, if any document does not match the filter."""
        for start in range(0, len(ids), _CHECK_BATCH_SIZE):
            outside = {"_id": {"$in": [*ids[start : start + _CHECK_BATCH_SIZE]]}, "$nor": [dict(rule.filter)]}
            if self._target.count_documents(outside, limit=1, session=session):
                raise Forbidden(OUTSIDE)

    def _count_masked(self, filter: Mapping[str, Any], **named: Any) -> int:
        if named.get("collation") or self._rule is None:
            raise Forbidden(REFUSED)
        stages = [*self._rule.stages, {"$match": filter}, {"$count": "total"}]
        groups = self._target.aggregate(stages, session=named.get("session")).to_list()
        return int(groups[0]["total"]) if groups else 0


def _session(named: Mapping[str, Any]) -> Any:
    """Return the session of a checked write, which must be able to abort it."""
    session = named.get("session")
    if session is None:
        raise Forbidden(REFUSED)
    return session


def both(own: Mapping[str, Any] | None, filter: Mapping[str, Any]) -> dict[str, Any]:
    """Return a filter of what matches both; the caller's goes last."""
    return {"$and": [dict(filter), dict(own)]} if own else dict(filter)


def row_filtered_collection(
    target: Any, filters: Filters, *, database: str, collection: str, is_writing: bool = False
) -> Any:
    """Return a driver's collection as a row-filtered store shows it."""
    if (database, collection) in filters:
        return RowFilteredCollection(target, filters[database, collection], is_writing=is_writing)
    owner = _owner(filters, database, collection)
    return target if owner is None or collection == owner + _COUNTERS else RowFilteredCollection(target, None)


def row_filtered_command(filters: Filters, *, database: str, command: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reading command limited by the row filter. Raises `Forbidden` where that is impossible."""
    name = next(iter(command))
    if name in ("ping", "killCursors", "dbStats"):
        return {**command}
    if not any(of == database for of, _ in filters):
        return {**command}
    if _names_any(filters, database, command.get("pipeline", [])) or "collation" in command:
        raise Forbidden(REFUSED)
    target = command[name]
    own = filters.get((database, target)) if isinstance(target, str) else None
    if own is None:
        if not isinstance(target, str) or _owner(filters, database, target) is not None:
            raise Forbidden(REFUSED)
        return {**command}
    if name == "find" and own.mask:
        return _masked_find(command, own)
    if name == "find":
        return {**command, "filter": both(command.get("filter"), own.filter)}
    if name == "aggregate" and own.mask:
        return {**command, "pipeline": _masked_pipeline(command["pipeline"], own)}
    if name == "aggregate":
        return {**command, "pipeline": _pipeline(command["pipeline"], own.filter)}
    raise Forbidden(REFUSED)


def _masked_find(command: Mapping[str, Any], rule: RowRule) -> dict[str, Any]:
    """Return a `find` as an aggregation over masked documents, which has the same result."""
    parts = {"$match": "filter", "$sort": "sort", "$skip": "skip", "$limit": "limit", "$project": "projection"}
    stages = [{stage: command[part]} for stage, part in parts.items() if command.get(part)]
    rest = {name: value for name, value in command.items() if name not in (*parts.values(), "find", "batchSize")}
    return {
        "aggregate": command["find"],
        "pipeline": _masked_pipeline(stages, rule),
        "cursor": {"batchSize": command.get("batchSize", 101)},
        **rest,
    }


def _masked_pipeline(stages: Sequence[Mapping[str, Any]], rule: RowRule) -> list[Any]:
    """Return a pipeline over masked documents. What reads an index first would read masked values."""
    first = stages[0] if stages else {}
    if not _FIRST.isdisjoint(first) or "$geoNear" in first or _searches_text(first.get("$match")):
        raise Forbidden(REFUSED)
    return [*rule.stages, *stages]


def _searches_text(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "$text" in value or any(map(_searches_text, value.values()))
    return isinstance(value, list) and any(map(_searches_text, value))


def _pipeline(stages: Sequence[Mapping[str, Any]], filter: Mapping[str, Any]) -> list[Any]:
    """Return a pipeline with the row filter. A search for text or by distance must stay the first stage."""
    first = next(iter(stages[0]), "") if stages else ""
    if first == "$geoNear":
        body = stages[0][first]
        return [{first: {**body, "query": both(body.get("query"), filter)}}, *stages[1:]]
    if first in _FIRST:
        raise Forbidden(REFUSED)
    if first == "$match":
        return [{"$match": both(stages[0]["$match"], filter)}, *stages[1:]]
    return [{"$match": dict(filter)}, *stages]


def _names_any(filters: Filters, database: str, value: Any) -> bool:
    """Return whether a stage, at any depth, reads a filtered collection or its versions."""
    if isinstance(value, Mapping):
        return any(
            _is_named(filters, database, key, child) or _names_any(filters, database, child)
            for key, child in value.items()
        )
    return isinstance(value, list | tuple) and any(_names_any(filters, database, item) for item in value)


def _is_named(filters: Filters, database: str, key: str, value: Any) -> bool:
    if key not in ("from", "coll", "$unionWith", "into", "$out", "$merge"):
        return False
    return isinstance(value, str) and ((database, value) in filters or _owner(filters, database, value) is not None)


def _owner(filters: Filters, database: str, collection: str) -> str | None:
    """Return the filtered collection that a collection of versions or counters belongs to."""
    return next((name for of, name in filters if of == database and collection.startswith(f"{name}.")), None)
