"""What the resolvers of one request share: the database, its rows so far, and batches of rows by primary key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from django.conf import settings

import engine
from catalog.services.hidden_fields import ROWID
from dialects.airsequel.graphql.relations import Relations
from dialects.airsequel.graphql.tables import GraphColumn, Table
from features.jobs.tasks import ensure_rowids

Document = Mapping[str, Any]


@dataclass
class GraphRequest:
    """One request. `reopen` opens the database again, with a collection; `readonly_id` returns that of its link.

    In the extended schema, `is_extended`, rows have relations.
    """

    database: engine.Database
    reopen: Callable[[str], engine.Database]
    readonly_id: Callable[[], str]
    relations: Relations = field(default_factory=dict)
    is_extended: bool = False
    rows: int = 0
    by_key: dict[str, Mapping[Any, Document]] = field(default_factory=dict)
    _readonly_id: str = ""

    def restarted(self) -> GraphRequest:
        """Return this request as it was before it read anything."""
        return replace(self, rows=0, by_key={})

    def collection(self, table: Table) -> engine.Collection:
        """Return the handle of a table, whose documents have their rowid. Raises `Unavailable` while a large
        collection gets its rowids.
        """
        collection = self.database.collection(table.name)
        if ROWID not in collection.spec.schema.by_name:
            ensure_rowids(self.database, table.name)
            self.database = self.reopen(table.name)
            collection = self.database.collection(table.name)
        return collection.with_hidden_fields()

    def count_rows(self, count: int) -> None:
        """Add rows to those of the answer. Raises `TooLarge` beyond their cap."""
        self.rows += count
        if self.rows > settings.GRAPHQL_MAX_ROWS:
            text = f"The answer has more than {settings.GRAPHQL_MAX_ROWS} rows (GRAPHQL_MAX_ROWS); set a limit."
            raise engine.TooLarge(text)

    def file_url(self, table: Table, column: GraphColumn, document: Document) -> str | None:
        """Return the JSON text with the address of the file in a cell; None for an empty one."""
        if document.get(column.path) is None:
            return None
        self._readonly_id = self._readonly_id or self.readonly_id()
        cell = f"tables/{quote(table.name, safe='')}/columns/{quote(column.name, safe='')}"
        url = f"/readonly/{self._readonly_id}/{cell}/files/rowid/{document.get(ROWID)}"
        return json.dumps({"url": url})
