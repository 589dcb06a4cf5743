"""The variables of an operation: checked by their types without graphql-core where they are plain scalars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema, OperationDefinitionNode, type_from_ast
from graphql.execution.values import VariableValues, get_variable_values

from dialects.airsequel.graphql.plans.cells import NotPlanned

_MAX_INT = 2**31 - 1


def _is_integer(value: Any) -> bool:
    return type(value) is int and -_MAX_INT <= value <= _MAX_INT


def _is_text(value: Any) -> bool:
    return type(value) is str


_CHECKS: Mapping[str, Callable[[Any], bool]] = {"Int": _is_integer, "String": _is_text}


@dataclass(frozen=True)
class Variables:
    """The declared variables. `checks` are those of plain scalars; None where graphql-core coerces all of them."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    checks: Mapping[str, Callable[[Any], bool]] | None

    @classmethod
    def of(cls, schema: GraphQLSchema, operation: OperationDefinitionNode, *, as_values: bool) -> Variables:
        """Return the variables of an operation; with `as_values` only graphql-core's own values will do."""
        checks = {}
        for definition in operation.variable_definitions or ():
            kind = type_from_ast(schema, definition.type)
            check = _CHECKS.get(str(kind).removesuffix("!"))
            if check is None or definition.default_value is not None:
                return cls(schema, operation, None)
            checks[definition.variable.name.value] = check
        return cls(schema, operation, None if as_values else checks)

    def coerced(self, inputs: Mapping[str, Any]) -> VariableValues:
        """Return the values of the variables. Raises `NotPlanned` where one is missing or wrong."""
        if self.checks is not None and all(check(inputs.get(name)) for name, check in self.checks.items()):
            return VariableValues({}, {name: inputs[name] for name in self.checks})
        values = get_variable_values(self.schema, self.operation.variable_definitions or (), dict(inputs))
        if isinstance(values, list):
            raise NotPlanned
        return values
