"""Filters and orders of this dialect, as the engine's filters and sorts.

Comparisons follow SQLite: a null equals null, and `neq` and `nin` include nulls; no other comparison matches one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import engine
from dialects.airsequel.graphql.resolvers.values import stored
from dialects.airsequel.graphql.tables import GraphColumn, Table, ValueForm

Filter = dict[str, Any]
_NOTHING: Filter = {"$in": []}
_EVERYTHING: Filter = {"$nin": []}
_OBJECT_ID = re.compile("[0-9a-fA-F]{24}")
_ONE_OPERATOR = "Must have exactly one operator, such as {_eq: …}."


def filter_of(table: Table, where: Mapping[str, Any], *, several: bool = False) -> Filter:
    """Return the filter of `where`, whose columns must all match. Raises `Invalid`.

    With `several` a column may have more than one operator, and `_and`, `_or` and `_not` nest filters.
    """
    parts = [part for name, value in where.items() for part in _parts(table, name, value, several=several)]
    if not parts:
        return {}
    return parts[0] if len(parts) == 1 else {"$and": parts}


def _parts(table: Table, name: str, value: Any, *, several: bool) -> list[Filter]:
    """Return the filters of one member of `where`, all of which must match."""
    nest = _NESTING.get(name) if several and name not in table.by_identifier else None
    if nest is not None:
        return nest(table, value)
    column = table.by_identifier[name]
    if value is None or (len(value) != 1 and not (several and value)):
        raise engine.Invalid.of_field(column.name, _ONE_OPERATOR)
    return [{column.path: condition(column, operator, operand)} for operator, operand in value.items()]


def _all_of(table: Table, value: Sequence[Mapping[str, Any]] | None) -> list[Filter]:
    return [filter_of(table, item, several=True) for item in value or ()]


def _any_of(table: Table, value: Sequence[Mapping[str, Any]] | None) -> list[Filter]:
    branches = _all_of(table, value)
    return [{"$or": branches or [{"_id": _NOTHING}]}]


def _none_of(table: Table, value: Mapping[str, Any] | None) -> list[Filter]:
    return [{"$nor": [filter_of(table, value or {}, several=True)]}]


_NESTING: Mapping[str, Callable[[Table, Any], list[Filter]]] = {"_and": _all_of, "_or": _any_of, "_not": _none_of}


def condition(column: GraphColumn, operator: str, operand: Any) -> Filter:
    """Return the condition on a column's field. `operator` has its underscore or not."""
    name = operator.removeprefix("_")
    if name in ("in", "nin"):
        return _listed(column, name, operand)
    if operand is None:
        return _of_null(name)
    if name in ("like", "ilike"):
        return _like(column, operand, any_case=name == "ilike")
    if column.form is ValueForm.ID and not _OBJECT_ID.fullmatch(operand):
        return _of_no_id(column, name)
    return {"$ne" if name == "neq" else f"${name}": stored(column, operand)}


def _of_null(name: str) -> Filter:
    if name == "eq":
        return {"$eq": None}
    return {"$ne": None} if name == "neq" else _NOTHING


def _of_no_id(column: GraphColumn, name: str) -> Filter:
    """Return the condition of a text that no id equals."""
    if name in ("eq", "neq"):
        return _NOTHING if name == "eq" else _EVERYTHING
    raise engine.Invalid.of_field(column.name, "Ids are compared with ids, of 24 hexadecimal digits.")


def _listed(column: GraphColumn, name: str, operand: Sequence[Any] | None) -> Filter:
    """Return the condition of a list; its nulls are left out."""
    if operand is None:
        raise engine.Invalid.of_field(column.name, f"_{name} must be a list.")
    values = [value for value in operand if value is not None]
    if column.form is ValueForm.ID:
        values = [value for value in values if _OBJECT_ID.fullmatch(value)]
    return {f"${name}": [stored(column, value) for value in values]}


def _like(column: GraphColumn, operand: Any, *, any_case: bool) -> Filter:
    """Return the condition of LIKE. A number is like itself alone."""
    if column.type != "String":
        return {"$eq": stored(column, operand)}
    if column.form not in (ValueForm.PLAIN, ValueForm.FILE):
        raise engine.Invalid.of_field(column.name, "Only text can be compared with _like and _ilike.")
    return {"$regex": like_pattern(operand, any_case=any_case), "$options": "s"}


def like_pattern(text: str, *, any_case: bool) -> str:
    r"""Return the regular expression of a pattern with `%` and `_`. As in SQLite only ASCII has no case.

    `%` at an end leaves the expression open there, which needs no steps.
    """
    start = "" if text.startswith("%") else "^"
    end = "" if text.endswith("%") else r"\z"
    inner = re.sub("%+", "%", text).removeprefix("%")
    inner = inner.removesuffix("%")
    return start + "".join(_like_part(character, any_case=any_case) for character in inner) + end


def _like_part(character: str, *, any_case: bool) -> str:
    if character == "%":
        return ".*"
    if character == "_":
        return "."
    if any_case and character.isascii() and character.isalpha():
        return f"[{character.lower()}{character.upper()}]"
    return re.escape(character) if character.isascii() else character


def sort_of(table: Table, order_by: Sequence[Mapping[str, str]] | None) -> tuple[tuple[str, int], ...]:
    """Return the sort of `order_by`, or by rowid without one.

    Rows with equal values are in the order of their `_id`, with which an index of the columns ends. That is the
    order of the rowids, unless rows were inserted with rowids of their own.
    """
    keys: dict[str, int] = {}
    for item in order_by or ():
        for name, term in item.items():
            if term is None:
                raise engine.Invalid.of_field("order_by", "Each column must be ASC or DESC.")
            keys.setdefault(table.by_identifier[name].path, 1 if term == "ASC" else -1)
    return tuple(keys.items()) or ((table.rowid.path, 1),)
