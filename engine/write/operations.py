"""Writes of a collection as values: each is checked as a whole, then executed, alone or with others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bson import ObjectId

from engine.actions import Action
from engine.context.context import AuditStamp, Context
from engine.errors import FieldError, Invalid, Message, code_of, invalid
from engine.limits import Limits
from engine.query.error_location import attach_error_location
from engine.query.query import Query
from engine.schema.collation import Collation
from engine.schema.json_schema import Budget
from engine.schema.schema import Schema
from engine.store import matches_one_id
from engine.update.change import CompiledUpdate
from engine.write.inserts import prepare_new
from engine.write.masking import check_change, check_filter
from engine.write.precondition import Precondition, both
from engine.write.statements import delete_matching, update_matching, update_one
from engine.write.upsert import UpsertPlan, plan_upsert

_BATCH_SIZE = 1_000
_MASKED = "The document would break a rule of the collection about a field that you may not see."


class AnyChange(Protocol):
    """`Change`, `Operators` or `Replacement`. `root` is the caller's name of the `values`."""

    @property
    def values(self) -> Any: ...

    @property
    def root(self) -> str: ...

    @property
    def replaces(self) -> bool:
        """Whether members that the values do not name are removed."""
        ...

    def compile(self, schema: Schema, *, limits: Limits, actor: str, now: datetime) -> CompiledUpdate: ...


@dataclass(frozen=True)
class WriteResult:
    """The number of documents changed or deleted, and the id of one inserted."""

    count: int = 0
    id: ObjectId | None = None


class PreparedWrite(Protocol):
    """A checked write. `execute` may be called again after a failed transaction."""

    @property
    def filter(self) -> Mapping[str, Any]: ...

    @property
    def collation(self) -> Collation | None: ...

    def execute(self, context: Context) -> WriteResult: ...


class Operation(Protocol):
    """A requested write. `prepare` raises `Forbidden`, `Invalid` or `TooLarge`, and writes nothing."""

    @property
    def needs(self) -> tuple[Action, ...]: ...

    @property
    def requests(self) -> tuple[tuple[str, Any], ...]:
        """Parts that MongoDB may refuse, each with its name, for `engine.query.error_location`."""
        ...

    def prepare(self, context: Context) -> PreparedWrite: ...


def execute(context: Context, operation: Operation) -> WriteResult:
    """Prepare and run one operation, wholly or not at all."""
    with attach_error_location(*operation.requests):
        return operation.prepare(context).execute(context)


@dataclass(frozen=True)
class Insert:
    """One new document."""

    document: Any
    needs = (Action.INSERT,)
    requests = ()

    def prepare(self, context: Context) -> _Inserting:
        return _Inserting(prepare_new(context, [self.document]))


@dataclass(frozen=True)
class Update:
    """Changes every document that matches; with `upsert` inserts one where none does."""

    query: Query
    change: AnyChange
    upsert: bool = False
    one: bool = False
    precondition: Precondition = field(default_factory=Precondition)

    @property
    def needs(self) -> tuple[Action, ...]:
        return (Action.WRITE, Action.INSERT) if self.upsert else (Action.WRITE,)

    @property
    def requests(self) -> tuple[tuple[str, Any], ...]:
        return (self.change.root, self.change.values), self.query.request

    def prepare(self, context: Context) -> _Updating:
        for action in self.needs:
            context.require(action)
        schema, limits, audit_stamp = context.spec.schema, context.store.limits, context.audit_stamp()
        check_change(context, self.change)
        check_filter(context, self.query)
        change = self.change.compile(schema, limits=limits, actor=context.actor, now=audit_stamp.at)
        filter = self.query.compiled(schema, limits=limits)
        if self.one and not matches_one_id(filter):
            raise Invalid.of_field(self.query.root, "A document is replaced by filters that name one _id.")
        _check_matched(change, filter, root=self.query.root)
        plan = None
        if self.upsert:
            plan = plan_upsert(filter, change, root=self.query.root, audit_stamp=audit_stamp)
        filter = self.precondition.with_version(both(filter, change.filter))
        if change.matched and self.query.collation:
            location = next(iter(change.matched.values()))
            raise Invalid.of_field(location, "A path with $ does not go with a collation; use $[name].")
        return _Updating(filter, change, self.precondition, audit_stamp, plan, self.query.collation)


@dataclass(frozen=True)
class Delete:
    """Deletes every document that matches."""

    query: Query
    precondition: Precondition = field(default_factory=Precondition)
    needs = (Action.DELETE,)

    @property
    def requests(self) -> tuple[tuple[str, Any], ...]:
        return (self.query.request,)

    def prepare(self, context: Context) -> _Deleting:
        context.require(Action.DELETE)
        check_filter(context, self.query)
        filter = self.query.compiled(context.spec.schema, limits=context.store.limits)
        return _Deleting(
            self.precondition.with_version(filter), self.precondition, context.audit_stamp(), self.query.collation
        )


def _check_matched(change: CompiledUpdate, filter: Mapping[str, Any], *, root: str) -> None:
    """Raise `Invalid` unless the filter has a condition of each array of which a path has `$`."""
    conditions = [filter, *filter.get("$and", [])]
    errors = [
        FieldError(
            location,
            f"$ stands for the element that matches: {root} needs a condition on {array!r}, not inside $or.",
        )
        for array, location in change.matched.items()
        if not any(path == array or path.startswith(f"{array}.") for item in conditions for path in item)
    ]
    if errors:
        raise invalid(errors)


@dataclass(frozen=True)
class _Inserting:
    documents: list[dict[str, Any]]
    filter: Mapping[str, Any] = field(default_factory=dict)
    collation: Collation | None = None

    def execute(self, context: Context) -> WriteResult:
        context.insert_all(self.documents)
        return WriteResult(id=self.documents[0]["_id"])


@dataclass(frozen=True)
class _Updating:
    filter: dict[str, Any]
    change: CompiledUpdate
    precondition: Precondition
    audit_stamp: AuditStamp
    upsert: UpsertPlan | None
    collation: Collation | None = None

    def execute(self, context: Context) -> WriteResult:
        context = context.for_writing()
        if self._needs_care(context):
            written = context.in_transaction(self._carefully)
        else:
            written = WriteResult(update_matching(context, self.filter, self.change, audit_stamp=self.audit_stamp))
        if not written.count and matches_one_id(self.filter):
            self.precondition.check_version(context, self.filter["_id"])
        return written

    def result(self, context: Context) -> dict[str, Any] | None:
        """Execute, of a filter that names one document, and return that as stored afterwards, or None."""
        context = context.for_writing()
        if not self._needs_care(context):
            return update_one(context, self.filter, self.change, audit_stamp=self.audit_stamp)
        return context.stored(self.filter["_id"]) if self.execute(context).count else None

    def _needs_care(self, context: Context) -> bool:
        counted = self.precondition.max_affected is not None and not matches_one_id(self.filter)
        listed = counted or self.collation
        return bool(self.upsert or self.change.unchecked_fields or context.spec.schema.rules or listed)

    def _carefully(self, context: Context) -> WriteResult:
        """List what matches in a transaction, to count it before and check it afterwards."""
        count = 0
        for step in self._steps(context):
            count += update_matching(context, step, self.change, audit_stamp=self.audit_stamp)
            check_results(context, step["_id"], self.change.unchecked_fields)
        if self.upsert and not count:
            return WriteResult(id=self.upsert.execute(context))
        return WriteResult(count)

    def _steps(self, context: Context) -> Iterator[dict[str, Any]]:
        if matches_one_id(self.filter) and not self.collation:
            yield self.filter
            return
        ids = context.matching(self.filter, self.collation)
        self.precondition.check_count(len(ids))
        condition = {"$and": [self.filter]} if self.change.matched else {}
        for step in _in_steps(ids):
            yield {**step, **condition}


def check_results(context: Context, ids: Any, unchecked_fields: frozenset[str]) -> None:
    """Raise `Invalid` where documents, as MongoDB left them, break the schema. `ids` is the condition on `_id`."""
    schema, limits = context.spec.schema, context.store.limits
    if not unchecked_fields and schema.rules is None:
        return
    names, budget = None if schema.rules else unchecked_fields, Budget.of(limits)
    errors = [
        FieldError(path, Message(f"{text} (In the document {document['_id']}.)", code_of(text)))
        for document in context.project(ids, names)
        for path, text in schema.result_errors(document, sorted(unchecked_fields), limits=limits, budget=budget)
    ]
    if errors and schema.mask is not None:
        errors = [error for error in errors if not schema.mask.touches(error.field)] or [FieldError("", _MASKED)]
    if errors:
        raise invalid(errors)


@dataclass(frozen=True)
class _Deleting:
    filter: dict[str, Any]
    precondition: Precondition
    audit_stamp: AuditStamp
    collation: Collation | None = None

    def execute(self, context: Context) -> WriteResult:
        context = context.for_writing()
        counted = self.precondition.max_affected is not None and not matches_one_id(self.filter)
        careful = counted or self.collation
        count = (
            context.in_transaction(self._carefully)
            if careful
            else delete_matching(context, self.filter, audit_stamp=self.audit_stamp)
        )
        if not count and matches_one_id(self.filter):
            self.precondition.check_version(context, self.filter["_id"])
        return WriteResult(count)

    def _carefully(self, context: Context) -> int:
        ids = context.matching(self.filter, self.collation)
        self.precondition.check_count(len(ids))
        if not self.collation:
            return delete_matching(context, self.filter, audit_stamp=self.audit_stamp)
        return sum(delete_matching(context, step, audit_stamp=self.audit_stamp) for step in _in_steps(ids))


def _in_steps(ids: Sequence[ObjectId]) -> Iterator[dict[str, Any]]:
    """Return filters for the documents of these ids, a thousand each."""
    return ({"_id": {"$in": [*ids[start : start + _BATCH_SIZE]]}} for start in range(0, len(ids), _BATCH_SIZE))
