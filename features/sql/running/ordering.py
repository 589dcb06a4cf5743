"""The order and the number of rows of a SELECT, where the rows after these cannot change its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from features.sql.programs.authorizer import FUNCTIONS
from features.sql.running.conditions import Condition, is_native, native_kind
from features.sql.running.shapes import StatementShape
from features.sql.running.tokens import SqlToken, Tokens, split
from features.sql.tables import SqlColumn, SqlTable

# Functions of several rows, and of rows that were stored before.
_OF_OTHER_ROWS = frozenset(
    """
    avg changes count cume_dist dense_rank first_value group_concat json_group_array json_group_object lag
    last_insert_rowid last_value lead max min nth_value ntile percent_rank rank row_number string_agg sum total
    total_changes
    """.split()  # noqa: SIM905 - one name a line is not clearer
)
_SCALARS = FUNCTIONS - _OF_OTHER_ROWS
_BEFORE_BRACKETS = ("AND", "BETWEEN", "BY", "IN", "LIMIT", "NOT", "OFFSET", "OR", "SELECT")
_UNORDERED = ("DISTINCT", "FILTER", "OVER")
_WAYS = {"ASC": 1, "DESC": -1}
_MAX_DIGITS = 9
Resolve = Callable[[Tokens], tuple[SqlColumn, Tokens] | None]


@dataclass(frozen=True)
class FirstRows:
    """The first `count` rows by a column, which may be the rowid, in a way (1 or -1), that fulfil conditions.

    `is_whole`: of equal values those with the lower rowids come first; otherwise other columns decide.
    """

    count: int
    column: SqlColumn
    way: int = 1
    is_whole: bool = True
    conditions: tuple[Condition, ...] = ()
    has_arrays: bool = True

    @property
    def is_by_rowid(self) -> bool:
        return self.column.is_rowid_alias

    def is_certain(self, document: Mapping[str, Any]) -> bool:
        """Return whether SQLite gives a document this place, and finds that it fulfils the conditions."""
        value = document.get(self.column.path)
        return (value is None or is_native(self.column, value)) and self.fulfils(document)

    def fulfils(self, document: Mapping[str, Any]) -> bool:
        """Return whether SQLite finds that a document of the filter fulfils the conditions."""
        return all(is_native(item.column, document.get(item.column.path)) for item in self.conditions)


def first_rows_of(shape: StatementShape, table: SqlTable, resolve: Resolve) -> FirstRows | None:
    """Return the rows that a SELECT of one table without conditions needs; None for all."""
    if shape.verb != "SELECT" or table.rowid_column is None or not _is_row_by_row([*shape.selected, *shape.ending]):
        return None
    terms, count = _limit(shape.ending)
    if count is None:
        return None
    if not terms:
        return FirstRows(count, rowid_column(table))
    resolved = resolve(terms[0])
    if resolved is None or not native_kind(resolved[0]) or _is_alias(resolved[0].name, shape.selected):
        return None
    column, rest = resolved
    ways = [token.upper for token in rest]
    if len(ways) > 1 or not set(ways) <= _WAYS.keys() or native_kind(column) == "boolean":
        return None
    return FirstRows(count, column, _WAYS[ways[0]] if ways else 1, is_whole=len(terms) == 1)


def rowid_column(table: SqlTable) -> SqlColumn:
    return SqlColumn("rowid", table.rowid, "INTEGER", is_rowid_alias=True)


def _is_row_by_row(tokens: Tokens) -> bool:
    """Return whether each row of the result is of one row of the table."""
    words = [token.upper for token in tokens]
    called = [token for token, following in pairwise(tokens) if following.upper == "(" and token.name]
    are_scalar = all(token.name in _SCALARS or token.upper in _BEFORE_BRACKETS for token in called)
    return are_scalar and not any(word in _UNORDERED for word in words)


def _limit(ending: Tokens) -> tuple[list[list[SqlToken]], int | None]:
    """Return the terms of the order, and the number of rows with those that are skipped; None for all."""
    tokens = [*ending]
    if tokens and tokens[-1].upper == ";":
        tokens.pop()
    words = [token.upper for token in tokens]
    if "LIMIT" not in words:
        return [], None
    place = words.index("LIMIT")
    order, numbers = tokens[:place], tokens[place + 1 :]
    if order and (words[:2] != ["ORDER", "BY"] or len(order) == 2):
        return [], None
    is_limit = [token.upper for token in numbers[1:2]] in ([], ["OFFSET"], [","]) and len(numbers) in (1, 3)
    if not is_limit or any(token.kind != "number" or len(token.text) > _MAX_DIGITS for token in numbers[::2]):
        return [], None
    count = sum(int(token.text) for token in numbers[::2])
    return split(order[2:], (",",)) if order else [], count


def _is_alias(name: str, selected: Tokens) -> bool:
    """Return whether a name may be that of a result, which an order then means."""
    before = [SqlToken("sign", ","), *selected]
    return any(
        (token.kind == "text" and token.text[1:-1].lower() == name.lower())
        or (token.name == name.lower() and (previous.kind != "sign" or previous.upper == ")"))
        for previous, token in pairwise(before)
    )
