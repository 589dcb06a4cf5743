"""Values of columns: as documents store them, and as GraphQL shows and accepts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from graphql import GraphQLBoolean, GraphQLError, GraphQLFloat, GraphQLInt, GraphQLScalarType, GraphQLString

import engine
from dialects.airsequel.graphql.tables import GraphColumn, ValueForm
from engine.encoding import dumps, loads, plain

SCALARS: Mapping[str, GraphQLScalarType] = {
    "Boolean": GraphQLBoolean,
    "Float": GraphQLFloat,
    "Int": GraphQLInt,
    "String": GraphQLString,
}
Reader = Callable[[Any], Any]
_MAX_INT = 2**31 - 1
_NO_FORM = "{name} has a value that is not of the type {type}."


def reader(column: GraphColumn) -> Reader:
    """Return the function from a stored value to the shown one. It raises `GraphQLError` for a wrong type.

    Fields that other dialects write may have any type unless the collection declares it.
    """
    if column.form is ValueForm.JSON:
        return _json_text
    check, kind = _READERS[column.type], _KINDS.get(column.type)

    def read(value: Any) -> Any:
        if value is None or type(value) is kind:  # as almost all are
            return value
        try:
            return check(value)
        except (TypeError, ValueError) as error:
            raise GraphQLError(_NO_FORM.format(name=column.name, type=column.type)) from error

    return read


def shows_unchanged(column: GraphColumn, values: Sequence[Any]) -> bool:
    """Return whether a column shows all of these values as they are stored: `reader` would return them."""
    kinds = _UNCHANGED[column.type]
    if column.form is ValueForm.JSON or not kinds.issuperset(map(type, values)):
        return False
    return column.type != "Int" or all(value is None or -_MAX_INT <= value <= _MAX_INT for value in values)


def stored(column: GraphColumn, value: Any) -> Any:
    """Return what a field is given for a value of GraphQL. Raises `Invalid`."""
    if value is None or column.form in (ValueForm.PLAIN, ValueForm.DATE, ValueForm.ID, ValueForm.FILE):
        return value
    if column.form is ValueForm.DECIMAL:
        return str(value)
    try:
        return loads(value.encode(), depth=settings.MAX_DEPTH)
    except engine.Invalid as error:
        raise engine.Invalid.of_field(column.name, "Must be JSON text.") from error


def _json_text(value: Any) -> str | None:
    return None if value is None else dumps(value).decode()


def _integer(value: Any) -> int:
    if type(value) is int and -_MAX_INT <= value <= _MAX_INT:
        return value
    number = int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if number is None or number != value:
        raise ValueError("no integer")
    return int(GraphQLInt.coerce_output_value(number))


def _number(value: Any) -> float:
    if isinstance(value, bool | str):
        raise TypeError("no number")
    return value if isinstance(value, int | float) else float(value.to_decimal())


def _boolean(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    if isinstance(value, int | float) and value in (0, 1):
        return value == 1
    raise TypeError("no boolean")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    text = plain(value)
    return text if isinstance(text, str) else dumps(value).decode()


# Values that are shown as they are. Integers have a range, and floats may be what JSON does not have.
_KINDS: Mapping[str, type] = {"Boolean": bool, "String": str}
_NOTHING = type(None)
_UNCHANGED: Mapping[str, frozenset[type]] = {
    "Boolean": frozenset({bool, _NOTHING}),
    "Float": frozenset({int, float, _NOTHING}),
    "Int": frozenset({int, _NOTHING}),
    "String": frozenset({str, _NOTHING}),
}
_READERS: Mapping[str, Reader] = {"Boolean": _boolean, "Float": _number, "Int": _integer, "String": _text}
