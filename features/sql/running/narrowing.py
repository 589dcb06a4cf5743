"""What a statement needs of its tables, as far as MongoDB can say: the rows that fulfil simple conditions, and the
first ones of an order. Everything else is read whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from features.sql.running.conditions import Condition, Filter, condition_of, filter_of
from features.sql.running.ordering import FirstRows, first_rows_of, rowid_column
from features.sql.running.shapes import StatementShape, shape_of
from features.sql.running.tokens import Tokens
from features.sql.tables import SqlColumn, SqlTable

_ROWIDS = ("rowid", "_rowid_", "oid")
_QUALIFIED = 2
# Whether no document of a table has an array in a field, as far as is known.
ExcludesArrays = Callable[[str, str], bool]


@dataclass(frozen=True)
class Narrowing:
    """The filter of the rows of a table that a statement needs, of which it needs the `first` ones."""

    filter: Filter | None = None
    first: FirstRows | None = None


def narrowings_of(
    statement: str, tables: Iterable[SqlTable], excludes_arrays: ExcludesArrays
) -> Mapping[str, Narrowing]:
    """Return what a statement, which has no views, needs of its tables, by their names."""
    shape = shape_of(statement)
    if shape is None:
        return {}
    known = {table.name.lower(): table for table in tables}
    if not {*shape.tables.values()} <= known.keys():
        return {}
    return _Narrowed(shape, known, excludes_arrays).by_table()


class _Narrowed:
    """The narrowings of a statement."""

    def __init__(
        self, shape: StatementShape, known: Mapping[str, SqlTable], excludes_arrays: ExcludesArrays
    ) -> None:
        self._shape = shape
        self._tables = {alias: known[name] for alias, name in shape.tables.items()}
        self._excludes_arrays = excludes_arrays

    def by_table(self) -> dict[str, Narrowing]:
        tables = {table.name: table for table in self._tables.values()}
        parts = [self._conditions(part) for part in self._shape.conditions]
        conditions: dict[str, list[Condition]] = {name: [] for name in tables}
        for table, condition in (item for part in parts for item in part):
            conditions[table.name].append(self._completed(table, condition))
        narrowed = {name: Narrowing(filter_of(items)) for name, items in conditions.items()}
        is_known = all(parts) and all(item.filter for items in conditions.values() for item in items)
        if len(tables) == 1 and is_known:
            ((name, table),) = tables.items()
            return {name: replace(narrowed[name], first=self._first(table, conditions[name]))}
        return narrowed

    def _completed(self, table: SqlTable, condition: Condition) -> Condition:
        if not condition.needs_arrays:
            return condition
        return replace(condition, has_arrays=not self._excludes_arrays(table.name, condition.column.path))

    def _first(self, table: SqlTable, conditions: Sequence[Condition]) -> FirstRows | None:
        first = first_rows_of(self._shape, table, self._resolved_column)
        if first is None:
            return None
        has_arrays = not first.is_by_rowid and not self._excludes_arrays(table.name, first.column.path)
        return replace(first, conditions=(*conditions,), has_arrays=has_arrays)

    def _conditions(self, part: Tokens) -> list[tuple[SqlTable, Condition]]:
        """Return the conditions of a part with their table; none for other parts."""
        resolved = self._resolved(part)
        if resolved is None:
            return []
        table, column, rest = resolved
        return [(table, condition) for condition in condition_of(column, rest)]

    def _resolved_column(self, tokens: Tokens) -> tuple[SqlColumn, Tokens] | None:
        resolved = self._resolved(tokens)
        return None if resolved is None else resolved[1:]

    def _resolved(self, tokens: Tokens) -> tuple[SqlTable, SqlColumn, Tokens] | None:
        """Return the table and the column that tokens begin with, and the rest of them."""
        tables = [*{table.name: table for table in self._tables.values()}.values()]
        if len(tokens) > _QUALIFIED and tokens[1].upper == ".":
            qualified = self._tables.get(tokens[0].name or "")
            tables, tokens = [qualified] if qualified else [], tokens[_QUALIFIED:]
        named = [(table, column) for table in tables if tokens and (column := _column(tokens[0].name, table))]
        return (*named[0], tokens[1:]) if len(named) == 1 else None


def _column(name: str | None, table: SqlTable) -> SqlColumn | None:
    columns = [column for column in table.columns if column.name.lower() == name]
    return columns[0] if columns else rowid_column(table) if name in _ROWIDS else None
