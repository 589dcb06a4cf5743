"""Compiles a checked query into its plan, where it has nothing but rows with columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_operation_ast,
    print_ast,
)
from graphql.execution.values import get_argument_values

import engine
from dialects.airsequel.graphql.plans.cells import CellPlan, Cells, NotPlanned
from dialects.airsequel.graphql.plans.plan import KeyArgument, KeyBatch, KeyField, ListField, Plan, PlannedField
from dialects.airsequel.graphql.plans.variables import Variables
from dialects.airsequel.graphql.resolvers.reading import READS_LIST, READS_ROW, ListRead, batches_by_key
from dialects.airsequel.graphql.resolvers.selection import projection
from dialects.airsequel.graphql.tables import Table, ValueForm

Fragments = Mapping[str, FragmentDefinitionNode]


def compile_query(schema: GraphQLSchema, document: DocumentNode, name: str | None) -> Plan | None:
    """Return the plan of a valid document's query; None for an operation that graphql-core executes."""
    operation = get_operation_ast(document, name)
    if operation is None or operation.operation is not OperationType.QUERY or operation.directives:
        return None
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    try:
        return _plan(schema, operation, fragments)
    except (NotPlanned, GraphQLError, engine.Error):  # errors are those of graphql-core's own execution
        return None


def _plan(schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Fragments) -> Plan:
    if schema.query_type is None:
        raise NotPlanned
    fields: dict[str, PlannedField] = {}
    for node in _flat(operation.selection_set, fragments):
        definition = schema.query_type.fields.get(node.name.value)
        key = _response_key(node)
        if definition is None or key in fields:
            raise NotPlanned
        fields[key] = _field(definition, node, fragments)
    fields = _with_shared_reads(fields)
    lists = [field for field in fields.values() if isinstance(field, ListField)]
    by_table: dict[str, list[KeyField]] = {}
    for field in fields.values():
        if isinstance(field, KeyField):
            by_table.setdefault(field.table.name, []).append(field)
    batches = tuple(KeyBatch.of(of_table[0].table, of_table) for of_table in by_table.values())
    variables = Variables.of(schema, operation, as_values=any(field.fixed is None for field in lists))
    return Plan(variables, tuple(fields.values()), batches)


def _with_shared_reads(fields: Mapping[str, PlannedField]) -> dict[str, PlannedField]:
    """Return the fields; lists with the same text read what all of them need."""
    needed: dict[str, dict[str, int]] = {}
    for field in fields.values():
        if isinstance(field, ListField):
            needed.setdefault(field.text, {}).update(field.fields)
    return {
        name: field.with_fields(needed[field.text]) if isinstance(field, ListField) else field
        for name, field in fields.items()
    }


def _text(node: FieldNode) -> str:
    """Return the text of a field with its arguments, without alias and selection."""
    return " ".join([node.name.value, *sorted(map(print_ast, node.arguments or ()))])


def _field(definition: GraphQLField, node: FieldNode, fragments: Fragments) -> PlannedField:
    reads, table = definition.extensions.get("reads"), definition.extensions.get("table")
    row = get_named_type(definition.type)
    if not isinstance(table, Table) or not isinstance(row, GraphQLObjectType) or node.selection_set is None:
        raise NotPlanned
    nodes = [*_flat(node.selection_set, fragments)]
    cells = Cells(tuple({_response_key(item): _cell(row, item) for item in nodes}.values()))
    fields = projection(table, nodes, {})
    name = _response_key(node)
    if reads == READS_LIST:
        fixed = None if _has_variable(node) else ListRead.of(table, _arguments(definition, node), fields=fields)
        return ListField(
            name, table, cells, fields, definition, node, fixed, _text(node), print_ast(node.selection_set)
        )
    if reads == READS_ROW and batches_by_key(table):
        return KeyField(name, table, cells, fields, _key(definition, node))
    raise NotPlanned


def _flat(selections: SelectionSetNode, fragments: Fragments) -> Iterator[FieldNode]:
    """Yield the fields of a selection set and of its fragments, in order. A valid document has no others."""
    for node in selections.selections:
        if node.directives:
            raise NotPlanned
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _flat(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode):
            yield from _flat(fragments[node.name.value].selection_set, fragments)


def _response_key(node: FieldNode) -> str:
    return (node.alias or node.name).value


def _cell(row: GraphQLObjectType, node: FieldNode) -> CellPlan:
    if node.name.value == "__typename":
        return CellPlan.constant(_response_key(node), row.name)
    column = row.fields[node.name.value].extensions.get("column")
    if column is None or column.form is ValueForm.FILE:
        raise NotPlanned
    return CellPlan.of_column(_response_key(node), column)


def _key(definition: GraphQLField, node: FieldNode) -> KeyArgument:
    values = [argument.value for argument in node.arguments or ()]
    if isinstance(values[0], VariableNode):
        return KeyArgument(variable=values[0].name.value)
    (key,) = _arguments(definition, node).values()
    return KeyArgument(key)


def _arguments(definition: GraphQLField, node: FieldNode) -> dict[str, Any]:
    return get_argument_values(definition, node)


def _has_variable(node: FieldNode) -> bool:
    """Return whether an argument has a variable, at any depth."""
    stack: list[Any] = [argument.value for argument in node.arguments or ()]
    while stack:
        value = stack.pop()
        if isinstance(value, VariableNode):
            return True
        stack += [field.value for field in getattr(value, "fields", None) or ()]
        stack += getattr(value, "values", None) or ()
    return False
