"""Schemas of databases, kept as long as their tables stay as they are."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, TypeVar

from cachetools import LRUCache
from graphql import GraphQLError, GraphQLSchema

import engine
from catalog.services.metadata.tables import table_declarations
from dialects.airsequel.graphql.plans.checked import CheckedOperation
from dialects.airsequel.graphql.relations import Relations, relations_of
from dialects.airsequel.graphql.schema.build import build_schema
from dialects.airsequel.graphql.tables import Table, tables_of
from engine import Action
from engine.suspension import in_thread

T = TypeVar("T")
_MAX_SCHEMAS = 100
_MAX_OPERATIONS = 200
_MAX_INTROSPECTIONS = 4
_ACTIONS = frozenset({Action.READ, Action.INSERT, Action.WRITE, Action.DELETE})


class RecentlyUsed(Generic[T]):
    """What was used last, up to a number of items; for several threads."""

    def __init__(self, size: int) -> None:
        self._items: LRUCache[Any, T] = LRUCache(size)
        self._lock = threading.Lock()

    def get(self, key: Any) -> T | None:
        with self._lock:
            return self._items.get(key)

    def put(self, key: Any, item: T) -> T:
        with self._lock:
            self._items[key] = item
        return item


@dataclass(frozen=True)
class CompiledSchema:
    """A schema with its tables, and with what was computed of it: checked operations and answers to introspection.

    `specs` are those of the catalog's entry that the tables were last compared with.
    """

    specs: Mapping[str, engine.CollectionSpec]
    tables: tuple[Table, ...]
    schema: GraphQLSchema
    relations: Relations = field(default_factory=dict)
    is_extended: bool = False
    operations: RecentlyUsed[CheckedOperation | Sequence[GraphQLError]] = field(
        default_factory=lambda: RecentlyUsed(_MAX_OPERATIONS)
    )
    introspections: RecentlyUsed[bytes] = field(default_factory=lambda: RecentlyUsed(_MAX_INTROSPECTIONS))


_compiled: RecentlyUsed[CompiledSchema] = RecentlyUsed(_MAX_SCHEMAS)


def schema_of(database: engine.Database, *, extended: bool = False) -> CompiledSchema:
    """Return the schema of a database for the permissions of its handle, built where its tables have changed."""
    actions = database.document_actions & _ACTIONS
    key = (database.id, actions, extended)
    compiled = _compiled.get(key)
    if compiled is not None and compiled.specs is database.specs:
        return compiled
    tables = tables_of(database.specs, table_declarations(database.id))
    if compiled is not None and compiled.tables == tables:
        return _compiled.put(key, replace(compiled, specs=database.specs))
    compile = partial(_compile, database.specs, tables, actions, extended=extended)
    return _compiled.put(key, in_thread(compile))


def _compile(
    specs: Mapping[str, engine.CollectionSpec],
    tables: tuple[Table, ...],
    actions: frozenset[Action],
    *,
    extended: bool,
) -> CompiledSchema:
    if not extended:
        return CompiledSchema(specs, tables, build_schema(tables, actions))
    relations = relations_of(tables)
    schema = build_schema(tables, actions, relations=relations)
    return CompiledSchema(specs, tables, schema, relations, is_extended=True)
