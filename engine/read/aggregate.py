"""Aggregation pipelines, and the distinct values of a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engine.context.context import Context
from engine.encoding.shape import path_error
from engine.errors import Invalid, TooLarge
from engine.query.error_location import attach_error_location
from engine.query.pipeline import compile_pipeline
from engine.query.query import Query
from engine.schema.collation import Collation, option
from engine.schema.schema import Schema
from engine.schema.types import without_infinities
from engine.store import Store


@dataclass(frozen=True)
class Distinct:
    """Values in MongoDB's order; `truncated` when there are more."""

    values: list[Any]
    truncated: bool


@dataclass(frozen=True)
class Analysis:
    """Aggregation over one collection. `known` are the physical names and schemas of its database's collections."""

    store: Store
    database: str
    collection: str
    schema: Schema
    known: Mapping[str, tuple[str, Schema]]

    @classmethod
    def of(cls, context: Context) -> Analysis:
        """Return the analysis of the context's collection, which may read its siblings."""
        known = {name: (spec.physical, spec.schema) for name, spec in context.siblings.items()}
        return cls(context.store, context.database, context.spec.physical, context.spec.schema, known)

    def aggregate(self, pipeline: Any, collation: Collation | None = None) -> list[dict[str, Any]]:
        """Run the pipeline and return its results. Raises `TooLarge` beyond a page."""
        limits = self.store.limits
        stages = compile_pipeline(pipeline, self.schema, resolve=self.known.get, root="pipeline", limits=limits)
        with attach_error_location(("pipeline", pipeline)):
            documents = self._first([*stages, {"$limit": limits.page_size + 1}], collation)
        if len(documents) > limits.page_size:
            text = (
                f"The pipeline gives more than {limits.page_size} documents (MAX_PAGE_SIZE); end it with a $limit."
            )
            raise TooLarge.of_field("pipeline", text)
        return [without_infinities(document) for document in self.schema.without_hidden(documents)]

    def distinct(self, field: str, query: Query) -> Distinct:
        limits = self.store.limits
        if text := path_error(field, limits=limits):
            raise Invalid.of_field("field", text)
        filter = query.compiled(self.schema, limits=limits)
        stages: list[dict[str, Any]] = [{"$match": filter}, {"$replaceWith": {"v": "$$ROOT"}}]
        for name, following in pairwise([*field.split("."), ""]):
            stages += _steps(name, following)
        stages += [{"$match": {"v": {"$exists": True}}}, {"$group": {"_id": "$v"}}, {"$sort": {"_id": 1}}]
        stages.append({"$limit": limits.page_size + 1})
        with attach_error_location(query.request):
            groups = self._first(stages, query.collation)
        values = without_infinities([item["_id"] for item in groups[: limits.page_size]])
        presented = [self.schema.present_value(field, value) for value in values]
        return Distinct(presented, len(groups) > limits.page_size)

    def _first(self, pipeline: Sequence[Mapping[str, Any]], collation: Collation | None) -> list[dict[str, Any]]:
        enough = self.store.limits.page_size + 1
        command = {
            "aggregate": self.collection,
            "pipeline": pipeline,
            "cursor": {"batchSize": enough + 1},
            "allowDiskUse": False,
            **option(collation),
        }
        return self.store.first_batch(self.database, command, enough=enough)


# No array has as many elements; MongoDB counts them in 32 bits.
_MAX_INDEX_DIGITS = 10


def _steps(name: str, following: str) -> list[dict[str, Any]]:
    """Return the stages from the values reached so far to their member of that name.

    Arrays are unwound, as MongoDB does, except where a single element is to follow.
    """
    holder = {"$cond": [{"$eq": [{"$type": "$v"}, "object"]}, "$v", {}]}
    member: dict[str, Any] = {"$getField": {"field": name, "input": holder}}
    if name.isdecimal() and len(name) < _MAX_INDEX_DIGITS:
        member = {"$cond": [{"$isArray": ["$v"]}, {"$arrayElemAt": ["$v", int(name)]}, member]}
    apart = {"$unwind": {"path": "$v", "preserveNullAndEmptyArrays": True}}
    return [{"$replaceWith": {"v": member}}, *([] if following.isdecimal() else [apart])]
