"""Inserts of rows that may conflict with others, as SQLite's ON CONFLICT … DO UPDATE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import engine
from catalog.services.hidden_fields import ROWID
from dialects.airsequel.graphql.resolvers.filters import filter_of
from dialects.airsequel.graphql.resolvers.paging import read
from dialects.airsequel.graphql.tables import GraphColumn, Table, ValueForm
from engine.query import Ids

Document = dict[str, Any]
_KEYS_AT_ONCE = 50


@dataclass(frozen=True)
class ConflictRule:
    """What is done with a row that conflicts in the columns of `constraint`: it updates the row that is there."""

    constraint: tuple[GraphColumn, ...]
    update: tuple[GraphColumn, ...]
    where: Mapping[str, Any]

    def key(self, document: Document) -> Document | None:
        """Return the filter of the row that a new one conflicts with; None without a value in each column."""
        values = self.key_values(document)
        if values is None:
            return None
        return {column.path: {"$eq": value} for column, value in zip(self.constraint, values, strict=True)}

    def key_values(self, document: Document) -> tuple[Any, ...] | None:
        """Return the values of the columns of the constraint; None without a value in each."""
        values = tuple(document.get(column.path) for column in self.constraint)
        return None if None in values else values

    def changes(self, document: Document) -> Document:
        """Return the values to set. Raises `Invalid` for a column that the new row does not have."""
        missing = [column.name for column in self.update if column.path not in document]
        if missing:
            text = f"update_columns names {missing[0]}, for which the new row has no value."
            raise engine.Invalid.of_field("on_conflict", text)
        return {column.path: document[column.path] for column in self.update if column.path != ROWID}


def upsert(
    collection: engine.Collection,
    table: Table,
    documents: Sequence[Document],
    conflicts: Sequence[Mapping[str, Any]],
) -> list[Document]:
    """Insert documents in one transaction and return those that were inserted or updated."""
    rules = [_rule(table, conflict) for conflict in conflicts]
    if len(rules) == 1 and _are_apart(documents, rules[0]):
        return collection.in_transaction(partial(_upsert_together, documents=documents, rule=rules[0]))

    def work(bound: engine.Collection) -> list[Document]:
        return [row for document in documents if (row := _upsert_one(bound, document, rules)) is not None]

    return collection.in_transaction(work)


def _are_apart(documents: Sequence[Document], rule: ConflictRule) -> bool:
    """Return whether no two documents have one key, so that none of them changes what another does."""
    if any(column.form is not ValueForm.PLAIN for column in rule.constraint):
        return False
    keys = [key for document in documents if (key := rule.key_values(document)) is not None]
    return len({*keys}) == len(keys)


def _upsert_together(
    bound: engine.Collection, *, documents: Sequence[Document], rule: ConflictRule
) -> list[Document]:
    """Insert or update documents, in order: rows that are there are read at once, and new ones inserted."""
    existing = _existing(bound, documents, rule)
    updatable = _updatable(bound, existing.values(), rule)
    rows: list[Document | None] = []
    inserts: list[Document] = []
    for document in documents:
        key = rule.key_values(document)
        row = None if key is None else existing.get(key)
        if row is None:
            inserts.append(document)
            continue
        rows += _inserted(bound, inserts)
        inserts = []
        changes = rule.changes(document)
        is_updated = bool(changes) and row["_id"] in updatable
        if is_updated:
            _change(bound, row, changes)
        rows.append(row if is_updated else None)
    rows += _inserted(bound, inserts)
    return _as_stored(bound, [row for row in rows if row is not None], before=existing.values())


def _inserted(bound: engine.Collection, documents: list[Document]) -> list[Document]:
    return bound.create(documents) if documents else []


def _existing(
    bound: engine.Collection, documents: Sequence[Document], rule: ConflictRule
) -> dict[tuple[Any, ...], Document]:
    """Return the rows that documents conflict with, by their keys."""
    filters = [filter for document in documents if (filter := rule.key(document)) is not None]
    rows: list[Document] = []
    for start in range(0, len(filters), _KEYS_AT_ONCE):
        rows += _all(bound, {"$or": filters[start : start + _KEYS_AT_ONCE]})
    return {key: row for row in rows if (key := rule.key_values(row)) is not None}


def _updatable(bound: engine.Collection, rows: Iterable[Document], rule: ConflictRule) -> set[Any]:
    """Return the ids of those rows that the rule updates."""
    ids = [row["_id"] for row in rows]
    if not rule.where or not ids:
        return {*ids}
    return {row["_id"] for row in _all(bound, {"$and": [{"_id": {"$in": Ids(ids)}}, rule.where]})}


def _as_stored(bound: engine.Collection, rows: Sequence[Document], *, before: Iterable[Document]) -> list[Document]:
    """Return rows as they are stored now; `before` are those that may have been updated."""
    former = {row["_id"] for row in before}
    ids = [row["_id"] for row in rows if row["_id"] in former]
    changed = {row["_id"]: row for row in _all(bound, {"_id": {"$in": Ids(ids)}})} if ids else {}
    return [changed.get(row["_id"], row) for row in rows]


def _rule(table: Table, conflict: Mapping[str, Any]) -> ConflictRule:
    constraint = tuple(table.by_identifier[name] for name in conflict["constraint"])
    single = len(constraint) == 1 and constraint[0].is_unique
    if not single and set(constraint) != set(table.key):
        names = ", ".join(column.name for column in constraint)
        raise engine.Invalid.of_field("on_conflict", f"The constraint ({names}) matches no unique column or key.")
    update = tuple(table.by_identifier[name] for name in conflict["update_columns"])
    return ConflictRule(constraint, update, filter_of(table, conflict.get("where") or {}))


def _upsert_one(bound: engine.Collection, document: Document, rules: Sequence[ConflictRule]) -> Document | None:
    """Insert a document, or update the one that it conflicts with; None where a rule leaves that unchanged."""
    for rule in rules:
        key = rule.key(document)
        existing = _first(bound, key) if key is not None else None
        if existing is not None:
            return _update_one(bound, existing, document, rule)
    return bound.create([document])[0]


def _update_one(
    bound: engine.Collection, existing: Document, document: Document, rule: ConflictRule
) -> Document | None:
    changes = rule.changes(document)
    identity = {"_id": {"$oid": str(existing["_id"])}}
    if not changes or (rule.where and _first(bound, {"$and": [identity, rule.where]}) is None):
        return None
    _change(bound, existing, changes)
    return _first(bound, identity)


def _change(bound: engine.Collection, row: Document, changes: Document) -> None:
    identity = {"_id": {"$oid": str(row["_id"])}}
    bound.update(engine.Query(identity, root="on_conflict"), engine.Change(changes, root="objects"))


def _all(bound: engine.Collection, filter: Document) -> list[Document]:
    return read(bound, engine.Query(filter, count=engine.Count.NONE, root="on_conflict"), limit=None)


def _first(bound: engine.Collection, filter: Document) -> Document | None:
    query = engine.Query(filter, limit=1, count=engine.Count.NONE, root="on_conflict")
    documents = bound.find(query).documents
    return documents[0] if documents else None
