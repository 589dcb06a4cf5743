"""Caps of a GraphQL document, checked before it is validated: what exceeds one is refused in milliseconds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.conf import settings
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
)

import engine

# Validation compares each pair of fields that have one name in the answer.
_MAX_COMPARISONS = 10_000
_MAX_INTROSPECTIONS = 2
# All definitions together may have this many times the fields of one.
_WHOLE_DOCUMENT = 5


def parse_document(text: str) -> DocumentNode:
    """Return the document of a query. Raises `GraphQLSyntaxError`, and `Invalid` for what exceeds a cap."""
    if len(text) > settings.GRAPHQL_MAX_QUERY_LENGTH:
        raise _exceeded("is longer than", settings.GRAPHQL_MAX_QUERY_LENGTH, "characters", "QUERY_LENGTH")
    try:
        document = parse(text, max_tokens=settings.GRAPHQL_MAX_TOKENS)
    except GraphQLSyntaxError as error:
        if "Parsing aborted" not in error.message:
            raise
        if "tokens" in error.message:
            raise _exceeded("has more than", settings.GRAPHQL_MAX_TOKENS, "tokens", "TOKENS") from error
        raise _too_deep() from error
    except RecursionError as error:
        raise _too_deep() from error
    _check(document)
    return document


def _check(document: DocumentNode) -> None:
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    total = 0
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            measure = _Measure(fragments)
            measure.walk([definition.selection_set], depth=1)
            total += measure.fields
    if total > _WHOLE_DOCUMENT * settings.GRAPHQL_MAX_COST:
        raise _too_costly()


@dataclass
class _Measure:
    """The size of one operation with its fragments written out."""

    fragments: dict[str, FragmentDefinitionNode]
    fields: int = 0
    aliases: int = 0
    comparisons: int = 0
    introspections: int = 0
    _open: list[str] = field(default_factory=list)

    def walk(self, sets: list[SelectionSetNode], *, depth: int) -> None:
        """Measure selection sets that are answered as one. Raises `Invalid` beyond a cap."""
        if depth > settings.GRAPHQL_MAX_DEPTH:
            raise _too_deep()
        names = Counter[str]()
        for selections in sets:
            self._selections(selections, names, depth=depth)
        if self.comparisons > _MAX_COMPARISONS:
            raise _too_costly()

    def _selections(self, selections: SelectionSetNode, names: Counter[str], *, depth: int) -> None:
        if depth > settings.GRAPHQL_MAX_DEPTH:
            raise _too_deep()
        for node in selections.selections:
            if isinstance(node, FieldNode):
                self._field(node, names, depth=depth)
            elif isinstance(node, InlineFragmentNode):
                self._selections(node.selection_set, names, depth=depth + 1)
            elif isinstance(node, FragmentSpreadNode):
                self._spread(node.name.value, names, depth=depth)

    def _spread(self, name: str, names: Counter[str], *, depth: int) -> None:
        self._count()
        if name in self.fragments and name not in self._open:
            self._open.append(name)
            self._selections(self.fragments[name].selection_set, names, depth=depth + 1)
            self._open.pop()

    def _field(self, node: FieldNode, names: Counter[str], *, depth: int) -> None:
        self._count()
        self.aliases += node.alias is not None
        self.introspections += node.name.value == "__schema"
        if self.aliases > settings.GRAPHQL_MAX_ALIASES:
            raise _exceeded("has more than", settings.GRAPHQL_MAX_ALIASES, "aliases", "ALIASES")
        if self.introspections > _MAX_INTROSPECTIONS:
            raise _too_costly()
        before, name = self.fields, (node.alias or node.name).value
        if node.selection_set:
            self.walk([node.selection_set], depth=depth + 1)
        self.comparisons += names[name] * (self.fields - before + 1)
        names[name] += 1

    def _count(self) -> None:
        self.fields += 1
        if self.fields > settings.GRAPHQL_MAX_COST:
            raise _too_costly()


def _too_deep() -> engine.Invalid:
    return _exceeded("is deeper than", settings.GRAPHQL_MAX_DEPTH, "levels", "DEPTH")


def _too_costly() -> engine.Invalid:
    return _exceeded("costs more than", settings.GRAPHQL_MAX_COST, "fields, fragments written out", "COST")


def _exceeded(what: str, cap: int, unit: str, setting: str) -> engine.Invalid:
    return engine.Invalid(f"The query {what} {cap} {unit} (GRAPHQL_MAX_{setting}).")
