"""A table as a request addresses it: its collection with rowids, and its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.conf import settings

import engine
import features.jobs.tasks
from accounts.principal import Principal
from catalog.services.access import invalidate, open_database
from catalog.services.hidden_fields import ROWID
from catalog.services.metadata.sharing import shared_id_of
from catalog.services.metadata.tables import TableDeclaration, table_declarations
from dialects.airsequel.platform.cells import number_of
from dialects.airsequel.platform.columns import TableColumn, columns_of, rowid_name
from engine import Action

_NO_MATCH: Mapping[str, Any] = {"_id": {"$in": []}}


@dataclass(frozen=True)
class TableHandle:
    """A table opened for a caller. `collection` reads documents with their rowid."""

    principal: Principal
    database: engine.Database
    collection: engine.Collection
    declaration: TableDeclaration

    @property
    def name(self) -> str:
        return self.collection.spec.name

    @property
    def shared_id(self) -> str:
        return shared_id_of(self.database.id)

    @property
    def columns(self) -> list[TableColumn]:
        return columns_of(self.collection.spec.schema, self.declaration)

    @property
    def rowid_name(self) -> str:
        return rowid_name(self.columns)

    def column(self, name: str) -> TableColumn:
        """Return a column by name. Raises `NotFound`."""
        for column in self.columns:
            if column.name == name:
                return column
        raise engine.NotFound(f"The table has no column {name!r}.")

    def rows(self, filter: Mapping[str, Any], *, limit: int) -> list[dict[str, Any]]:
        """Return the first rows that match, by rowid."""
        query = engine.Query(filter=filter, sort=((ROWID, 1),))
        return list(islice((row for batch in self.collection.each(query) for row in batch), limit))

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        """Yield all rows by rowid, in batches."""
        return self.collection.each(engine.Query(sort=((ROWID, 1),)))

    def count(self, filter: Mapping[str, Any]) -> int:
        if not filter:
            return self.collection.count()
        page = self.collection.find(engine.Query(filter=filter, limit=1, count=engine.Count.EXACT))
        return page.total or 0

    def search_filter(self, term: str) -> Mapping[str, Any]:
        """Return the filter for rows in which a text contains the term in any case, or a number equals it."""
        if not 1 <= len(term) <= settings.MAX_REGEX_LENGTH // 2 or "\0" in term:
            text = f"Must have 1 to {settings.MAX_REGEX_LENGTH // 2} characters without NUL (MAX_REGEX_LENGTH)."
            raise engine.Invalid.of_field("searchTerm", text)
        number = number_of(term)
        pattern = {"$regex": re.escape(term), "$options": "i"}
        tests: list[dict[str, Any]] = []
        for column in self.columns:
            kind = column.field.type
            if kind in ("string", "email", "url", "enum") and not column.is_file:
                tests.append({column.name: pattern})
            elif kind in ("number", "autonumber") and number is not None:
                tests.append({column.path: number})
        return {"$or": tests} if tests else _NO_MATCH


def open_table(principal: Principal, database_id: str, name: str, *, action: Action = Action.READ) -> TableHandle:
    """Open a table, and number its rows at its first use. Raises `NotFound`, and `Forbidden` without the action."""
    database = _opened(principal, database_id, name)
    collection = database.collection(name)
    collection.require(action)
    if ROWID not in collection.spec.schema.by_name:
        features.jobs.tasks.ensure_rowids(database, name)
        invalidate(database_id)
        database = _opened(principal, database_id, name)
        collection = database.collection(name)
    declaration = table_declarations(database_id).get(name, TableDeclaration())
    return TableHandle(principal, database, collection.with_hidden_fields(), declaration)


def _opened(principal: Principal, database_id: str, name: str) -> engine.Database:
    return open_database(principal, database_id, collection=name, surface="airsequel")
