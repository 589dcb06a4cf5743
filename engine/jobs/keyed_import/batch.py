"""The rows of one transaction of an import, matched with the documents that have their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bson import Decimal128, ObjectId

from engine.context.context import Context, now, stamp
from engine.encoding.shape import check_document
from engine.errors import Conflict, Error, FieldError, Invalid, TooLarge, invalid
from engine.jobs.keyed_import.rule import ImportKey, OnDuplicate
from engine.jobs.rewrite import Decision, content, write_decisions
from engine.schema.collation import CASE_INSENSITIVE, option
from engine.schema.json_schema import Budget
from engine.schema.schema import RESERVED, SYSTEM
from engine.schema.types import LEAST, CoercionError, to_object_id

OUTCOMES = ("inserted", "updated", "unchanged", "skipped")
# Of the existing documents that one transaction reads.
_MAX_BYTES = 16 << 20
_NO_KEY = "The row has no value for the key."
_NO_SCALAR = "The value of the key must be text, a number, a date, a boolean or an id."
_EXISTS = "A document with this key exists already."
_AMBIGUOUS = "{} documents have this key; make the field unique, or choose another key."
_CONTAINERS = (list, dict)


@dataclass
class _Match:
    """The document of a key: as stored, None for a new one, and as the rows so far make it."""

    id: ObjectId
    current: dict[str, Any] | None
    state: dict[str, Any]
    rows: list[int] = field(default_factory=list)

    @property
    def version(self) -> int:
        """The version of the stored document, 0 for a new one."""
        version: int = self.current[SYSTEM]["version"] if self.current else 0
        return version

    @property
    def is_changed(self) -> bool:
        return self.current is not None and content(self.state) != content(self.current)


@dataclass
class _Rows:
    """The documents of the keys of rows, how many rows had each outcome, and the errors of the others."""

    matches: dict[Any, _Match] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    invalid: list[FieldError] = field(default_factory=list)
    duplicates: list[FieldError] = field(default_factory=list)


class KeyedBatch:
    """The rows of one transaction. `run` may be called more than once."""

    def __init__(
        self, rule: ImportKey, context: Context, documents: Sequence[Any], ids: Sequence[ObjectId]
    ) -> None:
        self._rule, self._schema, self._limits = rule, context.spec.schema, context.store.limits
        self._ids = ids
        self._written: list[int] = []
        self.inserted: list[ObjectId] = []
        # Each with its version after the change.
        self.changed: list[tuple[ObjectId, int]] = []
        self._documents = [self._own(document) for document in documents]
        self._key_errors: list[FieldError] = []
        self._keys = [
            self._key(index, document, self._key_errors) for index, document in enumerate(self._documents)
        ]

    def run(self, bound: Context) -> dict[str, int]:
        """Write the rows in the open transaction, and return how many had each outcome."""
        self._written, self.inserted, self.changed = [], [], []
        if self._key_errors:
            raise invalid(self._key_errors)
        rows = self._placed(bound)
        if rows.invalid:
            raise invalid([*rows.invalid, *rows.duplicates])
        if rows.duplicates:
            raise Conflict(rows.duplicates[0].message, errors=rows.duplicates)
        self._write(bound, [*rows.matches.values()])
        return rows.outcomes

    def preview(self, context: Context) -> tuple[dict[str, int], list[FieldError]]:
        """Return how many rows would have each outcome, and the errors of the others; nothing is written."""
        rows = self._placed(context)
        errors = [*self._key_errors, *rows.invalid, *rows.duplicates]
        return rows.outcomes, sorted(errors, key=lambda error: error.index or 0)

    def _placed(self, context: Context) -> _Rows:
        """Apply all rows that have a key to the documents of their keys."""
        rows, existing, budget = _Rows(), self._existing(context), Budget.of(self._limits)
        without_key = {error.index for error in self._key_errors}
        for index, document in enumerate(self._documents):
            if index in without_key:
                continue
            name = _hashable(self._keys[index])
            try:
                outcome = self._place(index, document, rows.matches, existing.get(name, []), budget)
                rows.outcomes[outcome] += 1
            except Conflict as error:
                rows.duplicates.append(FieldError(self._rule.field, error.message, index))
            except Invalid as error:
                rows.invalid += [FieldError(item.field, item.message, index) for item in error.errors]
        return rows

    def located(self, error: Error) -> Error:
        """Return an error of the store with the places of the rows in place of those of the written documents."""
        if self._written:
            error.errors = tuple(
                FieldError(item.field, item.message, self._written[item.index or 0]) for item in error.errors
            )
        return error

    def _own(self, document: Any) -> Any:
        """Return a row without what the service sets: an export has it."""
        document = self._schema.without_unwritable(document)
        if self._rule.field == "_id" and type(document) is dict:
            return {name: value for name, value in document.items() if name != SYSTEM}
        return document

    def _key(self, index: int, document: Any, errors: list[FieldError]) -> Any:
        """Return the key of a row as it is stored, or record why it has none."""
        name = self._rule.field
        value = document.get(name) if type(document) is dict else None
        declared = self._schema.by_name.get(name)
        try:
            if value is not None:
                value = to_object_id(value) if name == "_id" else declared.coerce(value) if declared else value
        except CoercionError as error:
            errors.append(FieldError(name, str(error), index))
            return None
        if value is None or isinstance(value, _CONTAINERS):
            errors.append(FieldError(name, _NO_KEY if value is None else _NO_SCALAR, index))
        return value

    def _existing(self, bound: Context) -> dict[Any, list[dict[str, Any]]]:
        """Return the stored documents by the key of the rows: whole where rows change them, else their ids."""
        name, names = self._rule.field, (bound.database, bound.spec.physical)
        declared = self._schema.by_name.get(name)
        least = {"$gte": LEAST[declared.type]} if declared and declared.unique else {}
        options = option(CASE_INSENSITIVE if declared and declared.case_insensitive else None)
        filter = {name: {"$in": [key for key in self._keys if key is not None], **least}}
        sized: Mapping[str, Any] = {name: 1, "size": {"$bsonSize": "$$ROOT"}}
        documents = bound.store.all(*names, filter, fields=sized, options=options)
        if self._rule.on_duplicate.changes_documents:
            if sum(document["size"] for document in documents) > _MAX_BYTES and len(self._documents) > 1:
                raise TooLarge("The documents of these rows are larger than one transaction should hold.")
            documents = bound.project({"$in": [document["_id"] for document in documents]}, None)
        by_key: dict[Any, list[dict[str, Any]]] = {}
        for document in documents:
            by_key.setdefault(self._folded(_hashable(document.get(name))), []).append(document)
        return {_hashable(key): by_key.get(self._folded(_hashable(key)), []) for key in self._keys}

    def _folded(self, key: Any) -> Any:
        declared = self._schema.by_name.get(self._rule.field)
        return key.casefold() if declared and declared.case_insensitive and type(key) is str else key

    def _place(
        self,
        index: int,
        document: dict[str, Any],
        matches: dict[Any, _Match],
        existing: Sequence[dict[str, Any]],
        budget: Budget,
    ) -> str:
        """Apply one row to the document of its key, and return the outcome."""
        name, choice = self._folded(_hashable(self._keys[index])), self._rule.on_duplicate
        if name not in matches and not existing:
            new = self._coerced(document)
            own = document.get("_id") if self._rule.takes_ids else None
            matches[name] = _Match(self._ids[index] if own is None else to_object_id(own), None, new, [index])
            return "inserted"
        if choice is OnDuplicate.INSERT:
            raise Conflict(_EXISTS)
        if choice is OnDuplicate.SKIP:
            return "skipped"
        if len(existing) > 1:
            raise Conflict(_AMBIGUOUS.format(len(existing)))
        match = matches.get(name) or _Match(existing[0]["_id"], existing[0], existing[0])
        changed = self._changed(match.state, document, budget)
        outcome = "unchanged" if content(changed) == content(match.state) else "updated"
        matches[name] = _Match(match.id, match.current, changed, [*match.rows, index])
        return outcome

    def _changed(self, state: dict[str, Any], document: dict[str, Any], budget: Budget) -> dict[str, Any]:
        """Return a document with the fields of a row, or made of the row alone. Raises `Invalid`."""
        if self._rule.on_duplicate is OnDuplicate.REPLACE:
            system = {name: state[name] for name in (*RESERVED, *self._schema.autonumbers) if name in state}
            own = {"_id": system["_id"]} if "_id" in system else {}
            return {**own, **self._coerced(document), **system}
        shape = [FieldError(path, text) for path, text in check_document(document, limits=self._limits)]
        values, errors = self._schema.coerce_values(self._row(document)) if not shape else ({}, [])
        changed = {**state, **values}
        if not shape and not errors and self._schema.rules:
            visible = {name: value for name, value in changed.items() if name not in RESERVED}
            errors = [FieldError(path, text) for path, text in self._schema.rules.errors(visible, budget=budget)]
        if shape or errors:
            raise invalid([*shape, *errors])
        return changed

    def _coerced(self, document: Any) -> dict[str, Any]:
        return self._schema.coerce([self._row(document)], limits=self._limits)[0]

    def _row(self, document: Any) -> Any:
        """Return a row without the `_id` that it may have; any other is an error of the schema."""
        if not self._rule.takes_ids or type(document) is not dict:
            return document
        return {name: value for name, value in document.items() if name != "_id"}

    def _write(self, bound: Context, matches: Sequence[_Match]) -> None:
        new = [match for match in matches if match.current is None]
        self.inserted = [match.id for match in new]
        self._written = [match.rows[0] for match in new]
        if new:
            documents = bound.assign_autonumbers([match.state for match in new])
            stamp(documents, ids=self.inserted, actor=bound.actor, now=now())
            bound.store.insert(bound.database, bound.spec.physical, documents)
        changed = [match for match in matches if match.is_changed]
        self._written = [match.rows[-1] for match in changed]
        if changed:
            decisions = [Decision(match.id, match.current, match.state) for match in changed]
            write_decisions(bound, decisions, delete_first=False)
        self.changed = [(match.id, match.version + 1) for match in changed]
        self._written = []


def _hashable(value: Any) -> Any:
    """Return a value that equals those of other types as MongoDB compares them."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, Decimal128):
        return value.to_decimal()
    return repr(value) if isinstance(value, _CONTAINERS) else value


def preview_rows(
    rule: ImportKey, context: Context, documents: Sequence[Any], *, ids: Sequence[ObjectId]
) -> tuple[dict[str, int], list[FieldError]]:
    """Return how many rows would have each outcome, and the errors of the others by place; nothing is written.

    Raises `TooLarge` where the documents of the rows are larger than one transaction should hold.
    """
    rule.require(context)
    return KeyedBatch(rule, context, documents, ids).preview(context)
