"""Conditions of a statement that MongoDB can check: of one table, with constants, joined by AND.

The filter of the conditions matches at least the rows that SQLite would choose; SQLite checks all conditions again.
Values of a field may have any type unless their collection refuses it, and SQLite compares them as it stores them
in the column. So a filter also matches the types whose values SQLite would convert.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from features.sql.tables import SqlColumn, SqlTable

Filter = Mapping[str, Any]
_TOKEN = re.compile(
    r"""\s+|--[^\n]*|/\*.*?\*/
    |(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")
    |(?P<number>\d+(?![\w.]))|(?P<word>[^\W\d]\w*)
    |(?P<sign><=|>=|<>|!=|==|\|\||->>?|.)""",
    re.VERBOSE | re.DOTALL,
)
_UNREADABLE = ("[", "`")  # names in these are not read here
_VERBS = ("SELECT", "UPDATE", "DELETE", "INSERT", "REPLACE", "WITH", "VALUES")
_ENDS = ("GROUP", "ORDER", "LIMIT", "HAVING", "WINDOW", "RETURNING", "UNION", "INTERSECT", "EXCEPT", ";")
_UNSPLITTABLE = ("OR", "BETWEEN", "CASE", "ESCAPE")
_OPERATORS = {"=": "$eq", "==": "$eq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}
_ROWIDS = ("rowid", "_rowid_", "oid")
_MAX_INTEGER = 2**53
# A text that no value but a string becomes: no number, date, id, JSON or name of a constant.
_ONLY_TEXT = re.compile(
    r"(?![0-9a-f]{24}\Z)(?!(?:true|false|null|nan|inf|infinity)\Z)[^\W\d_].*", re.DOTALL | re.IGNORECASE
)
_TEXT_KINDS = frozenset({"string", "email", "url", "enum"})
_CONVERTED = ["string", "bool"]
# SQLite stores these in a column of numbers as text, which is larger than every number.
_AS_TEXT = ["object", "array", "date", "objectId", "binData", "regex", "timestamp"]


class SqlToken(NamedTuple):
    """A part of a statement: `kind` is text, quoted, number, word or sign."""

    kind: str
    text: str

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind in ("word", "sign") else ""

    @property
    def name(self) -> str | None:
        """The name that it may be, in lower case."""
        if self.kind == "quoted":
            return self.text[1:-1].replace('""', '"').lower()
        return self.text.lower() if self.kind == "word" else None


def filter_of(statement: str, table: SqlTable) -> Filter | None:
    """Return the filter of the rows of a table that a statement, which reads no other, can need; None for all."""
    tokens = [*_tokens(statement)]
    verbs = [token.upper for token in tokens if token.upper in _VERBS]
    if any(token.upper in _UNREADABLE for token in tokens):
        return None
    if len(verbs) != 1 or verbs[0] not in ("SELECT", "UPDATE", "DELETE"):
        return None
    places = [index for index, token in enumerate(tokens) if token.upper == "WHERE"]
    if len(places) != 1 or not _is_of_table(tokens[: places[0]], table, verbs[0]):
        return None
    names = {table.name.lower(), _alias(tokens[: places[0]])}
    filters = [_condition(part, table, names) for part in _conjunction(tokens[places[0] + 1 :])]
    known = [item for item in filters if item is not None]
    return {"$and": known} if known else None


def _tokens(statement: str) -> Iterator[SqlToken]:
    for match in _TOKEN.finditer(statement):
        if match.lastgroup:
            yield SqlToken(match.lastgroup, match[0])


def _is_of_table(before: Sequence[SqlToken], table: SqlTable, verb: str) -> bool:
    """Return whether what stands before WHERE names the table as the only one, and sets no conflict clause."""
    words = [token.upper for token in before]
    if verb == "UPDATE":
        return "FROM" not in words and len(before) > 1 and before[1].name == table.name.lower()
    if words.count("FROM") != 1:
        return False
    rest = before[words.index("FROM") + 1 :]
    is_alone = len(rest) == 1 or (len(rest) in (2, 3) and _alias(before) is not None)
    return is_alone and rest[0].name == table.name.lower()


def _alias(before: Sequence[SqlToken]) -> str | None:
    """Return the other name of the table: `FROM t a` or `FROM t AS a`."""
    words = [token.upper for token in before]
    rest = before[words.index("FROM") + 1 :] if "FROM" in words else []
    if len(rest) == 2 or (len(rest) == 3 and rest[1].upper == "AS"):
        return rest[-1].name
    return None


def _conjunction(tokens: Sequence[SqlToken]) -> list[list[SqlToken]]:
    """Return the parts that AND joins outside of brackets; none where another word may join several of them."""
    parts: list[list[SqlToken]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.upper == "(") - (token.upper == ")")
        if depth == 0 and token.upper in _ENDS:
            break
        if depth == 0 and token.upper in _UNSPLITTABLE:
            return []
        if depth == 0 and token.upper == "AND":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _condition(tokens: list[SqlToken], table: SqlTable, names: set[str | None]) -> Filter | None:
    """Return the filter of `column = constant` and the like; None for other conditions."""
    if len(tokens) > 2 and tokens[1].upper == "." and tokens[0].name in names:
        tokens = tokens[2:]
    column = _column(tokens[0], table) if tokens else None
    if column is None:
        return None
    values = _values(tokens[2:])
    if len(tokens) > 2 and tokens[1].upper in _OPERATORS and len(values) == 1 and tokens[2].upper != "(":
        return _compared(column, _OPERATORS[tokens[1].upper], values)
    if len(tokens) > 4 and tokens[1].upper == "IN" and values and tokens[2].upper == "(":
        return _compared(column, "$in", values)
    return None


def _column(token: SqlToken, table: SqlTable) -> SqlColumn | None:
    columns = [column for column in table.columns if column.name.lower() == token.name]
    if columns:
        return columns[0]
    is_rowid = token.name in _ROWIDS
    return SqlColumn("rowid", table.rowid, "INTEGER", is_rowid_alias=True) if is_rowid else None


def _values(tokens: Sequence[SqlToken]) -> list[int | str]:
    """Return the constants of `5`, `-5`, `'a'` or `(5, 'a')`; none for anything else."""
    items = list(tokens)
    if items and items[0].upper == "(" and items[-1].upper == ")":
        items = items[1:-1]
    values: list[int | str] = []
    while items:
        sign = -1 if items[0].upper == "-" else 1
        items = items[1:] if sign < 0 else items
        if not items or items[0].kind not in ("number", "text") or (sign < 0 and items[0].kind == "text"):
            return []
        text = items.pop(0)
        values.append(sign * int(text.text) if text.kind == "number" else text.text[1:-1].replace("''", "'"))
        if items and (items.pop(0).upper != "," or not items):
            return []
    return values


def _compared(column: SqlColumn, operator: str, values: Sequence[int | str]) -> Filter | None:
    operand = [*values] if operator == "$in" else values[0]
    if all(type(value) is int and abs(value) < _MAX_INTEGER for value in values):
        if column.is_rowid_alias:
            return {column.path: {operator: operand}}
        if column.kind == "number" and not column.is_file and _is_numeric(column.type):
            types = [*_CONVERTED, *(_AS_TEXT if operator in ("$gt", "$gte") else ())]
            return {"$or": [{column.path: {operator: operand}}, {column.path: {"$type": types}}]}
    is_text = all(type(value) is str and _ONLY_TEXT.fullmatch(value) for value in values)
    if is_text and operator in ("$eq", "$in") and column.kind in _TEXT_KINDS and not column.is_file:
        return {column.path: {operator: operand}}
    return None


def _is_numeric(kind: str) -> bool:
    """Return whether SQLite gives a column of this type an affinity to numbers."""
    name = kind.upper()
    return bool(name) and ("INT" in name or not any(part in name for part in ("CHAR", "CLOB", "TEXT", "BLOB")))
