"""Which operations are brief enough to be executed where other requests wait for them: by the event loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLFieldMap,
    GraphQLSchema,
    IntValueNode,
    OperationType,
    SelectionNode,
    VariableNode,
    get_nullable_type,
    get_operation_ast,
    is_list_type,
)

_MAX_FIELDS = 20
_MAX_ROWS = 100


def is_brief(
    schema: GraphQLSchema, document: DocumentNode, *, name: str | None, variables: Mapping[str, Any]
) -> bool:
    """Return whether an operation is a query of single rows and of short lists, and of few of these."""
    operation = get_operation_ast(document, name)
    if operation is None or operation.operation is not OperationType.QUERY or schema.query_type is None:
        return False
    nodes = operation.selection_set.selections
    if len(nodes) > _MAX_FIELDS:
        return False
    lengths = [_length(schema.query_type.fields, node, variables) for node in nodes]
    return max(lengths) <= _MAX_ROWS


def _length(fields: GraphQLFieldMap, node: SelectionNode, variables: Mapping[str, Any]) -> float:
    """Return the number of rows that a selection has at most; infinity where it does not tell."""
    if not isinstance(node, FieldNode) or node.name.value not in fields:
        return float("inf")
    is_list = is_list_type(get_nullable_type(fields[node.name.value].type))
    return _rows(node, variables) if is_list else 1


def _rows(node: FieldNode, variables: Mapping[str, Any]) -> float:
    """Return the number of rows to which a list is limited; infinity without a limit."""
    limit = next((argument.value for argument in node.arguments or () if argument.name.value == "limit"), None)
    if isinstance(limit, IntValueNode):
        return int(limit.value)
    value = variables.get(limit.name.value) if isinstance(limit, VariableNode) else None
    return value if type(value) is int else float("inf")
