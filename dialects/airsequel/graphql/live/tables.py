"""Which tables an operation reads."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    get_operation_ast,
)

from dialects.airsequel.graphql.schema.cache import CompiledSchema
from dialects.airsequel.graphql.tables import Table

Fragments = dict[str, FragmentDefinitionNode]


def tables_read(schema: CompiledSchema, document: DocumentNode, name: str | None) -> frozenset[str]:
    """Return the names of the tables that a valid subscription reads, those of its relations included."""
    operation, root = get_operation_ast(document, name), schema.schema.subscription_type
    if operation is None or root is None:
        return frozenset()
    fragments = {item.name.value: item for item in document.definitions if isinstance(item, FragmentDefinitionNode)}
    names: set[str] = set()
    for node in _fields(operation.selection_set, fragments):
        definition = root.fields.get(node.name.value)
        table = definition.extensions.get("table") if definition else None
        if isinstance(table, Table) and node.selection_set is not None:
            names |= _below(schema, table, node.selection_set, fragments)
    return frozenset(names)


def _below(schema: CompiledSchema, table: Table, selections: SelectionSetNode, fragments: Fragments) -> set[str]:
    names = {table.name}
    relations = schema.relations.get(table.name, {})
    for node in _fields(selections, fragments):
        relation = relations.get(node.name.value)
        if relation is not None and node.selection_set is not None:
            names |= _below(schema, relation.target, node.selection_set, fragments)
    return names


def _fields(selections: SelectionSetNode, fragments: Fragments) -> Iterator[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(fragments[node.name.value].selection_set, fragments)
