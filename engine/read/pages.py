"""One page of documents, by offset or after a cursor, with its total where requested."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import bson
from bson import MinKey

from engine.context.context import Context
from engine.errors import FieldError, Invalid, invalid
from engine.query.error_location import attach_error_location
from engine.query.filter import compile_filter
from engine.query.nearness import Nearness, split_nearness
from engine.query.query import Count, Page, Query
from engine.read import keyset
from engine.schema.collation import Collation, option
from engine.schema.schema import SYSTEM, Schema
from engine.store import Store

_EVERY = {"_id": {"$gte": MinKey()}}
# Where a sorted document carries its sort keys to us; no field can have this name but by chance.
_KEYS = f"_keys_{secrets.token_hex(8)}"
_SCORE = f"{SYSTEM}.score"
_MAX_POSITION_LENGTH = 2_000
_KEYS_OF_A_MERGE = 3
_BY_DISTANCE = "Does not go with $near, which sorts by distance; ask for pages by number."
_GONE = "The document at which the page ended is gone; begin again without a cursor."


@dataclass(frozen=True)
class PreparedRead:
    """A checked query. `filter` is the caller's, `page_filter` the part after the cursor.

    `hint` is empty, or excludes a plan that would not return documents in order.
    """

    filter: Mapping[str, Any]
    page_filter: Mapping[str, Any]
    sort: list[tuple[str, int]]
    fields: Mapping[str, int] | None
    skip: int
    limit: int
    context: dict[str, Any]
    hint: Mapping[str, int]
    collation: Collation | None = None
    nearness: Nearness | None = None
    score: bool = False

    @property
    def is_by_id(self) -> bool:
        return self.sort[0][0] == "_id"


@dataclass(frozen=True)
class Pages:
    """The documents of one collection, page by page."""

    store: Store
    database: str
    collection: str
    schema: Schema

    @classmethod
    def of(cls, context: Context) -> Pages:
        """Return the pages of the context's collection."""
        return cls(context.store, context.database, context.spec.physical, context.spec.schema)

    def page(self, query: Query) -> Page:
        """Return a page with the cursor of the next one. A total that the page shows is not counted."""
        with attach_error_location(query.request):
            return self._page(query)

    def _page(self, query: Query) -> Page:
        reading = self.reading(query)
        rows = self._rows(reading)
        has_more = len(rows) > reading.limit
        documents = rows[: reading.limit]
        following = (
            self._cursor(documents[-1], reading) if has_more and not (reading.nearness or reading.score) else None
        )
        for document in documents:
            document.pop(_KEYS, None)
            if reading.fields and not reading.fields.get("_id", 1):
                document.pop("_id")
        ends = reading.skip + len(documents) if not has_more and (documents or not reading.skip) else None
        total, count = self._total(query, reading, known=None if query.cursor else ends)
        return Page(self.schema.present(documents), total, count, following)

    def reading(self, query: Query) -> PreparedRead:
        limits = self.store.limits
        rest, nearness = split_nearness(query.filter, root=query.root, limits=limits)
        filter = compile_filter(rest, self.schema, root=query.root, limits=limits)
        if nearness and (query.sort or query.cursor):
            raise Invalid.of_field("sort" if query.sort else "cursor", _BY_DISTANCE)
        if query.score:
            _check_score(query)
        sort = _up_to_unique(query.checked_sort(limits=limits), self.schema.hidden_numbers)
        fields = query.checked_fields(limits=limits)
        skip, limit = query.checked_page(limits=limits)
        context = {"in": [self.database, self.collection], "filter": filter, "sort": sort, "fields": fields}
        context |= option(query.collation)
        page_filter: Mapping[str, Any] = filter
        if query.cursor:
            position = self._position(query.cursor, sort=sort, context=context, collation=query.collation)
            further = keyset.after(position, sort)
            page_filter = {"$and": [filter, further]} if filter else further
        hint = self._hint(page_filter, sort, query.collation) if query.cursor else {}
        return PreparedRead(
            filter, page_filter, sort, fields, skip, limit, context, hint, query.collation, nearness, query.score
        )

    def _hint(
        self, page_filter: Mapping[str, Any], sort: list[tuple[str, int]], collation: Collation | None
    ) -> Mapping[str, int]:
        """Return a hint to read without indexes where MongoDB would take an array for its own sort key as it merges
        scans.

        Only a sort by several fields can lead to that: an index that begins with an array serves no branch.
        """
        if len(sort) < _KEYS_OF_A_MERGE:
            return {}
        if self.store.has_row_filter(self.database, self.collection):  # in which no plan can be asked for
            return {"$natural": 1}
        command = {"find": self.collection, "filter": page_filter, "sort": dict(sort), **option(collation)}
        explanation = self.store.command(self.database, {"explain": command, "verbosity": "queryPlanner"})
        return {"$natural": 1} if keyset.merges_arrays(explanation) else {}

    def _rows(self, reading: PreparedRead) -> list[dict[str, Any]]:
        """Return one document more than the page holds, which shows whether there is another page."""
        fields = _with_id(reading.fields)
        if reading.nearness:
            return self._nearest(reading, reading.nearness, fields)
        if reading.score:
            return self._best(reading, fields)
        if reading.is_by_id:
            return self._plain(reading, fields)
        rows = self._sorted_plainly(reading, fields)
        return self._sorted_with_keys(reading, fields) if rows is None else rows

    def _plain(self, reading: PreparedRead, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        hint = {"hint": reading.hint} if reading.hint else {}
        return self.store.find(
            self.database,
            self.collection,
            reading.page_filter,
            sort=reading.sort,
            fields=fields or None,
            skip=reading.skip,
            limit=reading.limit + 1,
            enough=reading.limit,
            options={**option(reading.collation), **hint},
        )

    def _sorted_plainly(self, reading: PreparedRead, fields: Mapping[str, int]) -> list[dict[str, Any]] | None:
        """Return documents as `_rows`; None where MongoDB must compute the sort keys of the last one.

        A `find` takes half of the time of an aggregation that computes the keys of every document.
        """
        includes = 1 in fields.values()
        if not includes and keyset.hides_keys(fields, reading.sort):
            return None
        carries = includes and not all(path == "_id" or fields.get(path) == 1 for path, _ in reading.sort)
        values = {_KEYS: [f"${path}" for path, _ in reading.sort]} if carries else {}
        rows = self._plain(reading, {**fields, **values})
        if len(rows) > reading.limit:
            last = rows[reading.limit - 1]
            keys = keyset.scalar_keys(last[_KEYS] if carries else keyset.values_at(last, reading.sort))
            if keys is None:
                return None
            last[_KEYS] = keys
        return rows

    def _sorted_with_keys(self, reading: PreparedRead, fields: Mapping[str, int]) -> list[dict[str, Any]]:
        stages: list[dict[str, Any]] = [
            {"$match": reading.page_filter},
            {"$sort": dict(reading.sort)},
            {"$skip": reading.skip},
            {"$limit": reading.limit + 1},
        ]
        return self._sorted(
            stages,
            reading.sort,
            fields=fields,
            enough=reading.limit,
            hint=reading.hint,
            collation=reading.collation,
        )

    def _best(self, reading: PreparedRead, fields: Mapping[str, int]) -> list[dict[str, Any]]:
        """Return documents as `_rows`, by the score of `$text`."""
        score = {_SCORE: 1} if 1 in fields.values() and SYSTEM not in fields else {}
        stages = [
            {"$match": reading.filter},
            {"$sort": {"score": {"$meta": "textScore"}, "_id": 1}},
            {"$skip": reading.skip},
            {"$limit": reading.limit + 1},
            {"$set": {_SCORE: {"$meta": "textScore"}}},
            *([{"$project": {**fields, **score}}] if fields else []),
        ]
        command = {"aggregate": self.collection, "pipeline": stages, "cursor": {"batchSize": reading.limit + 2}}
        return self.store.first_batch(self.database, command, enough=reading.limit)

    def _nearest(
        self, reading: PreparedRead, nearness: Nearness, fields: Mapping[str, int]
    ) -> list[dict[str, Any]]:
        """Return documents as `_rows`, by distance."""
        stages = [
            nearness.stage(reading.filter, distance=_KEYS),
            {"$skip": reading.skip},
            {"$limit": reading.limit + 1},
            *([{"$project": fields}] if fields else []),
        ]
        command = {"aggregate": self.collection, "pipeline": stages, "cursor": {"batchSize": reading.limit + 2}}
        return self.store.first_batch(self.database, command | option(reading.collation), enough=reading.limit)

    def _sorted(
        self,
        stages: list[dict[str, Any]],
        sort: list[tuple[str, int]],
        *,
        fields: Mapping[str, int],
        enough: int,
        hint: Mapping[str, int] | None = None,
        collation: Collation | None = None,
    ) -> list[dict[str, Any]]:
        """Return sorted documents with their sort keys. With a collation MongoDB's own keys are no values."""
        keys = keyset.sort_values(sort) if collation else keyset.sort_keys()
        projection = {**fields, _KEYS: 1} if 1 in fields.values() else fields
        command: dict[str, Any] = {
            "aggregate": self.collection,
            "pipeline": [*stages, {"$set": {_KEYS: keys}}, *([{"$project": projection}] if projection else [])],
            "cursor": {"batchSize": enough + 2},
            **option(collation),
        }
        if hint:
            command["hint"] = hint
        return self.store.first_batch(self.database, command, enough=enough)

    def _cursor(self, last: Mapping[str, Any], reading: PreparedRead) -> str:
        position = {"keys": [[last["_id"]]] if reading.is_by_id else last[_KEYS]}
        if len(bson.encode(position)) > _MAX_POSITION_LENGTH:
            position = {"of": last["_id"]}
        return self.store.cursors.write(position, context=reading.context)

    def _position(
        self, cursor: str, *, sort: list[tuple[str, int]], context: dict[str, Any], collation: Collation | None
    ) -> list[list[Any]]:
        position = self.store.cursors.read(cursor, context=context)
        if "keys" in position:
            keys: list[list[Any]] = position["keys"]
            return keys
        keyed = [{"$match": {"_id": position["of"]}}, {"$sort": dict(sort)}]
        documents = self._sorted(keyed, sort, fields={"_id": 1}, enough=1, collation=collation)
        if not documents:
            raise Invalid.of_field("cursor", _GONE)
        keys = documents[0][_KEYS]
        return keys

    def _total(self, query: Query, reading: PreparedRead, *, known: int | None) -> tuple[int | None, Count]:
        count = query.count or (Count.NONE if query.cursor else Count.ESTIMATED)
        if count is Count.NONE:
            return None, Count.NONE
        if known is not None:
            return known, Count.EXACT
        if reading.nearness:
            counted = [reading.nearness.stage(reading.filter, distance=_KEYS), {"$count": "total"}]
            groups = self.store.aggregate(self.database, self.collection, counted, options=option(query.collation))
            return (groups[0]["total"] if groups else 0), Count.EXACT
        filter = reading.filter or (_EVERY if count is Count.EXACT else {})
        label = Count.EXACT if filter else Count.ESTIMATED
        return self.store.count(self.database, self.collection, filter, options=option(query.collation)), label


def _check_score(query: Query) -> None:
    """Raise `Invalid` unless documents can come by their score."""
    errors = [
        FieldError(name, "Does not go with score; ask for pages by number.")
        for name in ("sort", "cursor", "collation")
        if getattr(query, name)
    ]
    if "$text" not in query.filter:
        errors.append(FieldError("score", f"Goes only with $text at the top of {query.root}."))
    if errors:
        raise invalid(errors)


def _up_to_unique(sort: list[tuple[str, int]], numbers: Sequence[str]) -> list[tuple[str, int]]:
    """Return the sort up to `_id` or a hidden number: these are unique, so what follows orders nothing."""
    last = next(index for index, (name, _) in enumerate(sort) if name == "_id" or name in numbers)
    return sort[: last + 1]


def _with_id(fields: Mapping[str, int] | None) -> dict[str, int]:
    """Return the projection with `_id`, which a cursor needs."""
    return {path: is_included for path, is_included in (fields or {}).items() if path != "_id" or is_included}
