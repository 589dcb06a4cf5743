"""Which fields of documents a selection needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode

from catalog.services.hidden_fields import ROWID
from dialects.airsequel.graphql.relations import Relations
from dialects.airsequel.graphql.tables import Table, ValueForm


def selected(info: GraphQLResolveInfo, nodes: Iterable[FieldNode] | None = None) -> Iterator[FieldNode]:
    """Yield the fields below some nodes, those of the resolved field by default, fragments included."""
    sets = [node.selection_set for node in (info.field_nodes if nodes is None else nodes) if node.selection_set]
    return fields_of(info, sets)


def fields_of(info: GraphQLResolveInfo, sets: Iterable[SelectionSetNode]) -> Iterator[FieldNode]:
    """Yield the fields of selection sets and of the fragments in them, each fragment once."""
    stack, visited = [*sets], set[str]()
    while stack:
        for node in stack.pop().selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                stack.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                stack.append(info.fragments[node.name.value].selection_set)


def is_selected(info: GraphQLResolveInfo, name: str) -> bool:
    """Return whether a field of this name is selected below the resolved one."""
    return any(node.name.value == name for node in selected(info))


def projection(table: Table, nodes: Iterable[FieldNode], relations: Relations) -> dict[str, int]:
    """Return the fields of documents that the selected columns and relations need."""
    fields = {"_id": 1}
    for node in nodes:
        column = table.by_identifier.get(node.name.value)
        relation = relations.get(table.name, {}).get(node.name.value)
        if relation is not None:
            fields[relation.path] = 1
        if column is not None:
            fields[column.path] = 1
            if column.form is ValueForm.FILE:
                fields[ROWID] = 1
    return fields


def returned(info: GraphQLResolveInfo) -> list[FieldNode]:
    """Return the fields that are selected of the rows which a response returns."""
    return [*selected(info, [node for node in selected(info) if node.name.value == "returning"])]


def projection_of_returning(table: Table, info: GraphQLResolveInfo) -> dict[str, int]:
    """Return the fields of documents that the rows of a response need."""
    return projection(table, returned(info), info.context.relations)
