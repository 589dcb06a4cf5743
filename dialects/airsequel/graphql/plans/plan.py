"""The plan of a query: which rows its fields read, and which cells the answer has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
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
# The documents that lists have read, by the text of the list's field and arguments.
Lists = dict[str, list[dict[str, Any]]]


@dataclass
class Results:
    """What the reads of a query have returned so far."""

    rows: RowsByKey
    lists: Lists = dataclass_field(default_factory=dict)
    presented: dict[tuple[str, str], list[dict[str, Any]]] = dataclass_field(default_factory=dict)


class PlannedField(Protocol):
    """A field at the top of a query."""

    @property
    def name(self) -> str: ...

    def value(self, request: GraphRequest, values: VariableValues, results: Results) -> Any:
        """Return the value of the field in the answer."""


class FailedList(GraphQLError):
    """The error of a list. A list is never null, so the answer has no data."""


@dataclass(frozen=True)
class ListField:
    """A list of rows. `fixed` is what it reads where no argument has a variable.

    Fields with the same `text`, which has field and arguments, read the same documents, and are read once: `fields`
    are those of all of them. With the same `selection`, which is a text as well, they have the same rows.
    """

    name: str
    table: Table
    cells: Cells
    fields: Mapping[str, int]
    definition: GraphQLField
    node: FieldNode
    fixed: ListRead | None
    text: str
    selection: str

    def value(self, request: GraphRequest, values: VariableValues, results: Results) -> list[dict[str, Any]]:
        try:
            documents = results.lists.get(self.text)
            if documents is None:
                documents = results.lists[self.text] = self._read(values).rows(request)
            else:
                request.count_rows(len(documents))
        except engine.Unavailable:
            raise
        except engine.Error as error:
            raise FailedList(error.message, [self.node], path=[self.name], original_error=error) from error
        presented = results.presented.get((self.text, self.selection))
        if presented is None:
            presented = results.presented[self.text, self.selection] = self.cells.rows(documents)
        return presented

    def with_fields(self, fields: Mapping[str, int]) -> ListField:
        """Return this list, which reads more fields of its documents."""
        fixed = self.fixed and self.fixed.with_fields(fields)
        return replace(self, fields={**self.fields, **fields}, fixed=fixed)

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

    def value(self, request: GraphRequest, values: VariableValues, results: Results) -> dict[str, Any] | None:
        return self.cells.row(results.rows[self.table.name].get(self.key.of(values)))


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
        results = Results({batch.table.name: batch.read(request, values) for batch in self.batches})
        return {field.name: field.value(request, values, results) for field in self.fields}
