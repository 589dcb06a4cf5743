"""A database of SQL in memory, for tests of statements without a server."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import ge, gt, le, lt
from typing import Any, TypeVar

import engine
from features.sql.running.changes import TableChanges
from features.sql.running.ordering import FirstRows
from features.sql.services import SqlAnswer, run_statement
from features.sql.tables import SqlColumn, SqlTable

T = TypeVar("T")
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "


@dataclass
class MemorySource:
    """Documents by table; `read` records what statements read."""

    documents: dict[str, list[dict[str, Any]]]
    read: list[tuple[str, list[str]]] = field(default_factory=list)
    allowed: set[str] = field(default_factory=lambda: {"insert", "update", "delete"})
    last: dict[str, int] = field(default_factory=dict)

    def count(self, table: str) -> int:
        return len(self.documents[table])

    def batches(
        self, table: str, paths: Sequence[str], filter: Mapping[str, Any] | None = None, *, way: int = 1
    ) -> Iterator[list[dict[str, Any]]]:
        self.read.append((table, [*paths]))
        documents = [item for item in self.documents[table] if _matches(item, filter or {})][::way]
        for start in range(0, len(documents), 100):
            yield [
                {name: item[name] for name in ("_id", *paths) if name in item}
                for item in documents[start : start + 100]
            ]

    def top(
        self, table: str, paths: Sequence[str], filter: Mapping[str, Any] | None, *, first: FirstRows
    ) -> list[dict[str, Any]] | None:
        return None  # so all are read

    def excludes_arrays(self, table: str, path: str) -> bool:
        return False

    def require(self, table: str, kinds: Collection[str]) -> None:
        if not set(kinds) <= self.allowed:
            raise engine.Forbidden("not allowed")

    def in_transaction(self, tables: Sequence[str], work: Callable[[MemorySource], T]) -> T:
        return work(self)

    def reserve(self, table: str, count: int) -> int:
        first = self.last.setdefault(table, len(self.documents[table])) + 1
        self.last[table] += count
        return first

    def apply(self, changes: TableChanges, ids: Mapping[int, Any]) -> None:
        documents = {item["_rowid"]: item for item in self.documents[changes.table.name]}
        for rowid in changes.deleted:
            del documents[rowid]
        for rowid, values in changes.updated.items():
            assert documents[rowid]["_id"] == ids[rowid]
            documents[rowid].update(values)
        for rowid, values in changes.inserted.items():
            assert rowid not in documents
            documents[rowid] = {"_id": f"{rowid:024x}", "_rowid": rowid, **values}
        self.documents[changes.table.name] = [documents[rowid] for rowid in sorted(documents)]


def _matches(document: Mapping[str, Any], filter: Mapping[str, Any]) -> bool:
    """Return whether a document matches a filter of those that statements have."""
    return all(_holds(document, path, condition) for path, condition in filter.items())


def _holds(document: Mapping[str, Any], path: str, condition: Any) -> bool:
    if path == "$and":
        return all(_matches(document, item) for item in condition)
    if path == "$or":
        return any(_matches(document, item) for item in condition)
    value = document.get(path)
    return all(_COMPARISONS[name](value, operand) for name, operand in condition.items())


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, operand: type(value) in (int, float) and compare(value, operand)


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$in": lambda value, operand: value in operand,
    "$eq": lambda value, operand: value == operand,
    "$lt": _compared(lt),
    "$lte": _compared(le),
    "$gt": _compared(gt),
    "$gte": _compared(ge),
    "$type": lambda value, operand: type(value) in (str, bool),
}


def table(name: str, *columns: tuple[str, str]) -> SqlTable:
    """Return a table with columns of types; the type `key` is an alias of the rowid."""
    made = [
        SqlColumn(column, "_rowid", "INTEGER", is_rowid_alias=True)
        if kind == "key"
        else SqlColumn(column, column, kind, is_file=kind == "BLOB")
        for column, kind in columns
    ]
    return SqlTable(name, tuple(made), "_rowid")


@dataclass
class MemoryDatabase:
    """Tables with their documents."""

    tables: Sequence[SqlTable]
    source: MemorySource
    views: dict[str, str] = field(default_factory=dict)

    def run(self, statement: str, *, tenant: str = "anna") -> SqlAnswer:
        return run_statement(statement, self.tables, self.source, tenant=tenant, views=self.views)

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Return the rows of a statement without errors."""
        answer = self.run(statement)
        assert answer.errors == []
        return answer.rows

    def errors(self, statement: str) -> list[str]:
        """Return the errors of a statement without rows."""
        answer = self.run(statement)
        assert answer.rows == []
        return answer.errors


def memory_database(**tables: tuple[Sequence[tuple[str, str]], list[dict[str, Any]]]) -> MemoryDatabase:
    """Return a database: `memory_database(users=([("name", "TEXT")], [{"name": "Ada"}]))`."""
    documents = {
        name: [{"_id": f"{number:024x}", "_rowid": number, **item} for number, item in enumerate(items, 1)]
        for name, (_, items) in tables.items()
    }
    made = [table(name, *columns) for name, (columns, _) in tables.items()]
    return MemoryDatabase(made, MemorySource(documents))


PEOPLE = (
    SqlColumn("id", "_rowid", "INTEGER", is_rowid_alias=True, is_required=True),
    SqlColumn("email", "email", "TEXT", is_required=True, is_unique=True),
    SqlColumn("age", "age", "INTEGER", kind="number", default=(18,)),
    SqlColumn("active", "active", "BOOLEAN", kind="boolean"),
    SqlColumn("data", "data", "TEXT_JSON", kind="json"),
    SqlColumn("photo", "photo", "BLOB", is_file=True),
    SqlColumn("raw", "raw", "BLOB", kind="binary"),
)
ADA = {"email": "ada", "age": 36, "active": True, "data": {"a": [1]}, "photo": "5" * 24}
BOB = {"email": "bob", "age": 20}


def people_database() -> MemoryDatabase:
    """Return people with a unique e-mail, and logs without any constraint."""
    documents = {
        "people": [{"_id": f"p{n}", "_rowid": n, **item} for n, item in enumerate([ADA, BOB], 1)],
        "logs": [{"_id": f"l{n}", "_rowid": n, "text": text} for n, text in enumerate("abc", 1)],
    }
    logs = SqlTable("logs", (SqlColumn("text", "text", "TEXT"),), "_rowid")
    return MemoryDatabase([SqlTable("people", PEOPLE, "_rowid"), logs], MemorySource(documents))
