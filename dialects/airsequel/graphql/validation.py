"""The rules of validation: GraphQL's own, but for variables that may be null where a value is required, and one for
numbers that would be stored as 0.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    FloatValueNode,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    ValidationContext,
    ValidationRule,
    VariableDefinitionNode,
    specified_rules,
    type_from_ast,
)
from graphql.utilities import is_type_sub_type_of
from graphql.validation import VariablesInAllowedPositionRule

from engine.encoding import too_small, vanishes


class VariableTypesRule(ValidationRule):
    """Requires that a variable has the type of its position, whether or not it may be null.

    Published programs declare `[todos_insert_input]` where `[todos_insert_input!]!` is expected. A null is an error
    where it is used.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._declared: dict[str, VariableDefinitionNode] = {}

    def enter_operation_definition(self, *_: Any) -> None:
        self._declared = {}

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        self._declared[node.variable.name.value] = node

    def leave_operation_definition(self, operation: OperationDefinitionNode, *_: Any) -> None:
        for usage in self.context.get_recursive_variable_usages(operation):
            definition = self._declared.get(usage.node.name.value)
            if definition is None or usage.type is None:
                continue
            declared = type_from_ast(self.context.schema, definition.type)
            if declared is not None and not _fits(self.context.schema, declared, usage.type):
                name = usage.node.name.value
                text = f"Variable '${name}' of type '{declared}' used in position expecting type '{usage.type}'."
                self.report_error(GraphQLError(text, [definition, usage.node]))


class NumbersRule(ValidationRule):
    """Refuses numbers so small that a double would be 0, as the JSON of variables does."""

    def enter_float_value(self, node: FloatValueNode, *_: Any) -> None:
        if vanishes(node.value):
            self.report_error(GraphQLError(too_small(node.value), node))


def _fits(schema: GraphQLSchema, declared: Any, expected: Any) -> bool:
    one, other = _nullable(declared), _nullable(expected)
    return one == other or is_type_sub_type_of(schema, one, other)


def _nullable(kind: Any) -> Any:
    """Return a type without its non-null parts."""
    if isinstance(kind, GraphQLNonNull):
        return _nullable(kind.of_type)
    return GraphQLList(_nullable(kind.of_type)) if isinstance(kind, GraphQLList) else kind


RULES = (
    *(VariableTypesRule if rule is VariablesInAllowedPositionRule else rule for rule in specified_rules),
    NumbersRule,
)
