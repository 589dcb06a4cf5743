"""The cells of rows: from documents to the members of an answer, column by column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialects.airsequel.graphql.resolvers.values import reader, shows_unchanged
from dialects.airsequel.graphql.tables import GraphColumn


class NotPlanned(Exception):
    """graphql-core itself must execute the operation, or report its errors."""


@dataclass(frozen=True)
class CellPlan:
    """One member of a row: the value of a column, or the same text in every row."""

    name: str
    path: str
    read: Callable[[Any], Any]
    column: GraphColumn | None = None
    is_required: bool = False

    @classmethod
    def of_column(cls, name: str, column: GraphColumn) -> CellPlan:
        return cls(name, column.path, reader(column), column, column.is_required)

    @classmethod
    def constant(cls, name: str, text: str) -> CellPlan:
        """Return the cell of `__typename`."""
        return cls(name, "", lambda _: text)

    def values(self, documents: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Return the values of this cell in each row. Raises `NotPlanned` for a missing one that is required."""
        path = self.path
        values = [document.get(path) for document in documents]
        if self.column is None or not shows_unchanged(self.column, values):
            read = self.read
            values = [read(value) for value in values]
        if self.is_required and None in values:
            raise NotPlanned
        return values


@dataclass(frozen=True)
class Cells:
    """The cells of a row, in the order of the answer."""

    cells: tuple[CellPlan, ...]

    def rows(self, documents: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows of documents. Raises `NotPlanned`, and what a reader raises for a wrong value."""
        names = [cell.name for cell in self.cells]
        columns = [cell.values(documents) for cell in self.cells]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def row(self, document: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Return the row of a document; None without one. Raises as `rows`."""
        if document is None:
            return None
        row = {cell.name: cell.read(document.get(cell.path)) for cell in self.cells}
        if None in row.values() and any(cell.is_required and row[cell.name] is None for cell in self.cells):
            raise NotPlanned
        return row
