"""The plan of a query: which rows its fields read, and which cells the answer has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import FieldNode, GraphQLError, GraphQLField
from graphql.execution.values import VariableValues, get_argument_values

import engine
from catalog.services.hidden_fields import ROWID
from dialects.airsequel.graphql.plans.cells import Cells, NotPlanned
from dialects.airsequel.graphql.plans.variables import Variables
from dialects.airsequel.graphql.resolvers.reading import ListRead
from dialects.airsequel.graphql.resolvers.request import Document, GraphRequest
from dialects.airsequel.graphql.tables import GraphColumn, Table

# The rows that each table's batch has read, by their key.
RowsByKey = Mapping[str, Mapping[Any, Document]]


class PlannedField(Protocol):
    """A field at the top of a query."""

    @property
    def name(self) -> str: ...

    def value(self, request: GraphRequest, values: VariableValues, rows: RowsByKey) -> Any:
        """Return the value of the field in the answer."""


class FailedList(GraphQLError):
    """The error of a list. A list is never null, so the answer has no data."""


@dataclass(frozen=True)
class ListField:
    """A list of rows. `fixed` is what it reads where no argument has a variable."""

    name: str
    table: Table
    cells: Cells
    fields: Mapping[str, int]
    definition: GraphQLField
    node: FieldNode
    fixed: ListRead | None

    def value(self, request: GraphRequest, values: VariableValues, rows: RowsByKey) -> list[dict[str, Any]]:
        try:
            documents = self._read(values).rows(request)
        except engine.Unavailable:
            raise
        except engine.Error as error:
            raise FailedList(error.message, [self.node], path=[self.name], original_error=error) from error
        return self.cells.rows(documents)

    def _read(self, values: VariableValues) -> ListRead:
        if self.fixed is not None:
            return self.fixed
        arguments = get_argument_values(self.definition, self.node, values)
        return ListRead.of(self.table, arguments, fields=self.fields)


@dataclass(frozen=True)
class KeyArgument:
    """The key of a row: a value, or the name of a variable."""

    value: Any = None
    variable: str = ""

    def of(self, values: VariableValues) -> Any:
        """Return the key. Raises `NotPlanned` without one."""
        key = values.coerced.get(self.variable) if self.variable else self.value
        if key is None:
            raise NotPlanned
        return key


@dataclass(frozen=True)
class KeyField:
    """The row with a primary key."""

    name: str
    table: Table
    cells: Cells
    fields: Mapping[str, int]
    key: KeyArgument

    def value(self, request: GraphRequest, values: VariableValues, rows: RowsByKey) -> dict[str, Any] | None:
        return self.cells.row(rows[self.table.name].get(self.key.of(values)))


@dataclass(frozen=True)
class KeyBatch:
    """The rows of one table that a query names by their key, which are read together."""

    table: Table
    column: GraphColumn
    fields: Mapping[str, int]
    keys: tuple[KeyArgument, ...]

    @classmethod
    def of(cls, table: Table, fields: Sequence[KeyField]) -> KeyBatch:
        projection = {table.key[0].path: 1}
        for field in fields:
            projection |= field.fields
        return cls(table, table.key[0], projection, tuple(field.key for field in fields))

    def read(self, request: GraphRequest, values: VariableValues) -> dict[Any, Document]:
        keys, path = {key.of(values) for key in self.keys}, self.column.path
        collection = request.collection(self.table)
        if path == ROWID and len(keys) == 1:
            document = collection.find_number(path, *keys, fields=self.fields)
            return {} if document is None else {document[path]: document}
        filter = {path: {"$in": [*keys]}}
        query = engine.Query(filter, fields=self.fields, limit=len(keys), count=engine.Count.NONE, root="where")
        return {document[path]: document for document in collection.find(query).documents}


@dataclass(frozen=True)
class Plan:
    """A query whose fields are rows by key and lists of rows, with columns alone."""

    variables: Variables
    fields: tuple[PlannedField, ...]
    batches: tuple[KeyBatch, ...]

    def data(self, request: GraphRequest, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data of the answer.

        Raises `FailedList`, and any other error where graphql-core must execute the query instead.
        """
        values = self.variables.coerced(inputs)
        rows = {batch.table.name: batch.read(request, values) for batch in self.batches}
        return {field.name: field.value(request, values, rows) for field in self.fields}
