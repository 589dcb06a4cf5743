"""Types of nested values in the extended schema, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError, GraphQLField, GraphQLList, GraphQLObjectType, GraphQLOutputType

from dialects.airsequel.graphql.resolvers.values import SCALARS, reader
from dialects.airsequel.graphql.tables import GraphColumn, ValueForm
from dialects.airsequel.identifiers import encode
from dialects.airsequel.structures import Structure

_NO_OBJECT = "{name} has a value that is no object."
_NO_LIST = "{name} has a value that is no list."


class NestedTypes:
    """The types of nested values of one schema, each with a name of its own."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def output(self, name: str, structure: Structure) -> GraphQLOutputType:
        """Return the type of values with a structure, whose objects have names that begin with `name`."""
        if structure.item is not None:
            return GraphQLList(self.output(name, structure.item))
        if not structure.members:
            return SCALARS[structure.scalar or "String"]
        fields = {encode(member): self._field(name, member, inner) for member, inner in structure.members}
        type_name = f"{name}_object"
        while type_name in self._names:
            type_name += "_"
        self._names.add(type_name)
        return GraphQLObjectType(type_name, fields)

    def _field(self, name: str, member: str, structure: Structure) -> GraphQLField:
        read = nested_reader(member, structure)
        kind = self.output(f"{name}_{encode(member)}", structure)
        return GraphQLField(kind, resolve=lambda value, _: read(value.get(member)))


def nested_reader(name: str, structure: Structure) -> Callable[[Any], Any]:
    """Return the function from a stored value to what its type shows. That raises `GraphQLError`."""
    if structure.item is not None:
        item = nested_reader(name, structure.item)
        return lambda value: [item(one) for one in _checked(value, list, _NO_LIST, name)] if value else value
    if structure.members:
        return lambda value: None if value is None else _checked(value, Mapping, _NO_OBJECT, name)
    form = ValueForm.PLAIN if structure.scalar else ValueForm.JSON
    return reader(GraphColumn(name, name, name, structure.scalar or "String", form))


def _checked(value: Any, kind: type, text: str, name: str) -> Any:
    if not isinstance(value, kind):
        raise GraphQLError(text.format(name=name))
    return value
