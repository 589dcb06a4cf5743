"""Random statements, which SQLite answers on a table of its own and the service on documents."""

from __future__ import annotations

import json
import marshal
import math
import queue
import random
import secrets
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import pytest
from bson import Decimal128, Int64, ObjectId
from django.conf import settings

import engine
import features.sql.services
from catalog.services.hidden_fields import ROWID, ROWID_FIELD
from engine.indexes import NewIndex
from engine.jobs import make_storage
from engine.limits import Limits
from engine.schema import parse_schema
from engine.schema.schema import new_stamps
from features.sql.process import SqlProcess
from features.sql.programs import statement as program
from features.sql.services import run_statement
from features.sql.source import DocumentSource
from features.sql.tables import LoadPlan, SqlColumn, SqlTable

FIELDS = [
    {"name": "name"},
    {"name": "n", "type": "number"},
    {"name": "r", "type": "number"},
    {"name": "u", "unique": True},
    {"name": "ok", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "data", "type": "json"},
]
TABLE = SqlTable(
    "t",
    (
        SqlColumn("id", ROWID, "INTEGER", is_rowid_alias=True),
        SqlColumn("name", "name", "TEXT"),
        SqlColumn("n", "n", "INTEGER", kind="number"),
        SqlColumn("r", "r", "REAL", kind="number"),
        SqlColumn("u", "u", "TEXT", is_unique=True),
        SqlColumn("ok", "ok", "BOOLEAN", kind="boolean"),
        SqlColumn("day", "day", "TEXT", kind="date"),
        SqlColumn("data", "data", "TEXT", kind="json"),
    ),
    ROWID,
)
_NAMES = [column.name for column in TABLE.columns]
_VALUES: list[Any] = [
    *(0, 1, -1, 5, 7, 2**53 + 1, -(2**62), 1.0, 2.5, -0.5, 1e300, math.nan, math.inf, Int64(5), True, False),
    *("", "a", "A", "abc", "ab%", "5", " 5", "5.0", "1", "true", "null", "2020-01-01", "abcdefabcdefabcdefabcdef"),
    *(datetime(2020, 1, 1), [1, 5], [], {"a": 5}, Decimal128("5"), Decimal128("2.5"), b"x", None),
    *(Decimal128(f"{number}{'0' * 25}1") for number in ("5.", "-1.", "7.")),
    *(Decimal128(f"{number}.{'9' * 26}") for number in (4, 6)),
    *(Decimal128("NaN"), 2**53, -(2**53) - 1, float(2**53), [None], ["b"], "b"),
    *(ObjectId("abcdefabcdefabcdefabcdef"), ObjectId("5" * 24)),
]
# Values of the types of fields, of which MongoDB and SQLite have the same order.
_OWN_VALUES: dict[str, list[Any]] = {
    "name": ["", "a", "A", "ab", "abc", "ä", "z", "Z", "[", "5", "𝄞", "\uffee", None],
    "n": [*range(-3, 9), 1.0, 2.5, 2**40, None],
    "r": [0, 1, 1.0, 2, 2.5, -0.5, -7, None],
    "ok": [True, False, None],
    "day": [datetime(2020, 1, 1), datetime(2020, 1, 1, 3), datetime(1, 1, 1), datetime(2021, 5, 5, 1, 2, 3), None],
    "data": [{"a": 5}, [1], None],
}
_INDEXED = ("n", "name", "day")
_CONSTANTS = [
    *("0", "1", "-1", "5", "7", "- 1", "5.0", "2.5", "9007199254740993", "1e300", "NULL", "x'78'", "true"),
    *(
        "''",
        "'a'",
        "'A'",
        "'abc'",
        "'ab%'",
        "'5'",
        "' 5'",
        "'1'",
        "'true'",
        "'2020-01-01T00:00:00.000Z'",
        "'[1,5]'",
    ),
    *("'abcdefabcdefabcdefabcdef'", "'u3'", "'u7'", "name", "n", "id"),
]
_OPERATORS = ["=", "==", "<>", "<", "<=", ">", ">=", "IS", "IS NOT", "LIKE", "GLOB"]


class ThreadProcess(SqlProcess):
    """The program of statements in a thread, which starts faster than a process."""

    current: ThreadProcess

    def __init__(self) -> None:
        self.received = 0
        self.inbox: queue.Queue[bytes] = queue.Queue()
        self.outbox: queue.Queue[bytes] = queue.Queue()
        ThreadProcess.current = self
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @classmethod
    def install(cls, patch: pytest.MonkeyPatch) -> None:
        """Run all statements in threads, one at a time."""
        patch.setattr(features.sql.services, "statement_process", cls)
        patch.setattr(program, "receive", lambda: marshal.loads(cls.current.inbox.get(timeout=60)))
        patch.setattr(program, "send", lambda message: cls.current.outbox.put(json.dumps(message).encode()))

    @staticmethod
    def _run() -> None:
        connection = program._opened(memory=settings.SQL_MEMORY_BYTES, seconds=settings.SQL_TIMEOUT)
        program.run_job(connection, program.StatementJob(program.receive()))

    def close(self) -> None:
        for _ in range(3):  # whatever it still waits for
            self.inbox.put(marshal.dumps(None))
        self._thread.join()

    def send(self, message: Any) -> int:
        content = marshal.dumps(message)
        self.inbox.put(content)
        return len(content)

    def receive_content(self) -> bytes:
        return self.outbox.get(timeout=60)


class Statements:
    """Random statements of a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def documents(self, count: int) -> list[dict[str, Any]]:
        """Return documents, in which fields are missing, have values of their own types, and some of all types."""
        made, share = [], self.random.choice([0, 0, 0.02, 0.1, 0.9])
        for number in range(1, count + 1):
            document: dict[str, Any] = {ROWID: number}
            for name, own in _OWN_VALUES.items():
                if self.random.random() < 0.9:
                    document[name] = self.random.choice(_VALUES if self.random.random() < share else own)
            made.append(document | ({"u": f"u{number}"} if self.random.random() < 0.8 else {}))
        return made

    def query(self) -> str:
        random = self.random
        kind = random.randrange(8)
        where = self.where()
        if kind > 4:
            return self._ordered(where)
        if kind == 0:
            # The last digits of a sum depend on the order in which rows are read.
            return f"SELECT count(*) AS c, max(n) AS m, format('%.11g', total(r)) AS t FROM t{where}"
        if kind == 1:
            left, right = random.choice(_NAMES), random.choice(_NAMES)
            return f"SELECT a.id, b.id AS other FROM t a JOIN t b ON a.{left} = b.{right}"
        if kind == 2:
            return f"SELECT * FROM t{where} ORDER BY id LIMIT {random.randrange(9)} OFFSET {random.randrange(4)}"
        columns = ", ".join(random.sample(_NAMES, random.randrange(1, 4)))
        return f"SELECT {columns} FROM t{where}"

    def _ordered(self, where: str) -> str:
        """Return a query of the first rows in an order; rows with equal values are in the order of their rowids."""
        random = self.random
        terms = [
            f"{random.choice(_NAMES)}{random.choice(['', ' ASC', ' DESC'])}"
            for _ in range(random.choice([1, 1, 2]))
        ]
        order = random.choice([f" ORDER BY {', '.join(terms)}"] * 4 + [""])
        limit = random.choice(["{0}", "{0} OFFSET {1}", "{1}, {0}"]).format(
            random.randrange(12), random.randrange(5)
        )
        columns = random.choice(["*", "id", "id, n", "id, upper(name) AS m", "id, n AS r", "count(*), max(id)"])
        return f"SELECT {columns} FROM t{random.choice(['', ' AS x'])}{where}{order} LIMIT {limit}"

    def write(self) -> str:
        random = self.random
        number, value = random.randrange(60), random.choice(["'x'", "5", "n + 1", "name || 'x'", "NULL", "r * 2"])
        column, where = random.choice(["name", "n", "r", "u", "ok"]), self.where()
        row = f"('{random.choice('abc')}', {random.randrange(9)}, 'u{number}')"
        then = f"DO UPDATE SET {column} = {random.choice([value, 'excluded.n', 'excluded.name'])}"
        return random.choice(
            [
                f"UPDATE t SET {column} = {value}{where}",
                f"UPDATE OR IGNORE t SET {column} = {value}{where} RETURNING name, n",
                f"DELETE FROM t{where} RETURNING u",
                f"INSERT INTO t (name, n, u) VALUES {row}",
                f"INSERT OR REPLACE INTO t (name, n, u) VALUES {row}, {row} RETURNING name",
                f"INSERT OR IGNORE INTO t (name, n, u) VALUES {row}",
                f"INSERT INTO t (name, n, u) VALUES {row} ON CONFLICT (u) {then}",
                f"INSERT INTO t (id, name, n, u) VALUES ({number}, 'x', 1, NULL) ON CONFLICT (id) {then}",
                f"INSERT INTO t (name, n) SELECT name, id FROM t{where}",
            ]
        )

    def where(self) -> str:
        if self.random.random() < 0.1:
            return ""
        atoms = [self._atom() for _ in range(self.random.choice([1, 1, 2, 2, 3]))]
        text = atoms[0]
        for atom in atoms[1:]:
            text += self.random.choice([" AND ", " AND ", " OR "]) + atom
        return f" WHERE {text}"

    def _atom(self) -> str:
        random = self.random
        column, constant = random.choice(_NAMES), random.choice(_CONSTANTS)
        kind = random.randrange(12)
        if kind == 0:
            return f"{column} IN ({constant}, {random.choice(_CONSTANTS)})"
        if kind == 1:
            return f"{column} BETWEEN {constant} AND {random.choice(_CONSTANTS)}"
        if kind == 2:
            return f"NOT {column} = {constant}"
        if kind == 3:
            return f"({column} {random.choice(_OPERATORS)} {constant} OR {column} IS NULL)"
        return f"{column} {random.choice(_OPERATORS[:7] * 2 + _OPERATORS)} {constant}"


class Comparison:
    """A collection and the same rows in SQLite."""

    def __init__(self, things: engine.Collection, statements: Statements) -> None:
        self._things = things
        self._statements = statements
        self._plan = LoadPlan.of(TABLE, TABLE.by_name)
        self.writes = 0

    def fill(self) -> None:
        """Replace the documents."""
        things = self._things
        things.store.delete(things.database, things.spec.physical, {"_id": {"$exists": True}})
        documents = self._statements.documents(40)
        now = datetime(2020, 1, 1)
        self._index()
        for document in documents:
            document |= {"_id": ObjectId(), "_sys": new_stamps(actor="x", now=now)}
        things.insert_all(documents)
        things.store.raise_counter(things.database, things.counters, ROWID, len(documents))
        self._load()

    def _index(self) -> None:
        """Let half of the states have indexes, which know of no arrays."""
        for name in (f"{name}_1" for name in _INDEXED):
            with suppress(engine.NotFound):
                self._things.indexes.drop(name)
        if self._statements.random.random() < 0.5:
            for name in _INDEXED:
                self._things.indexes.create(NewIndex([(name, 1)], name=f"{name}_1"))

    def _rows(self) -> list[tuple[Any, ...]]:
        query = engine.Query(sort=((ROWID, 1),))
        return [row for batch in self._things.each(query) for row in self._plan.rows(batch)]

    def _load(self) -> None:
        """Read the rows into a table for statements that write, and into one whose order no index changes."""
        rows = self._rows()
        self._own, self._read = (sqlite3.connect(":memory:", isolation_level=None) for _ in range(2))
        self._own.execute(TABLE.constrained_definition)
        self._read.execute(TABLE.definition)
        for connection in (self._own, self._read):
            connection.executemany(self._plan.insert, rows)

    def query(self) -> str:
        """Run a query. Returns the difference; an empty text without one."""
        statement = self._statements.query()
        return self._difference(statement, self._answer(statement), self._expected(statement, self._read))

    def write(self) -> str:
        """Run a statement that writes, unless the schema refuses its values."""
        statement = self._statements.write()
        self.writes += 1
        try:
            answer = self._answer(statement)
        except (engine.Invalid, engine.Conflict):
            return ""
        if answer and answer[0].endswith("is no finite number."):
            return ""
        self._own.execute("BEGIN")
        expected = self._expected(statement, self._own)
        changed = self._own.execute(f"SELECT {', '.join(_NAMES[1:])} FROM t").fetchall()
        before = self._own
        self._load()
        stored = self._own.execute(f"SELECT {', '.join(_NAMES[1:])} FROM t").fetchall()
        before.close()
        if Counter(map(repr, stored)) != Counter(map(repr, changed)):
            differing = Counter(map(repr, stored)), Counter(map(repr, changed))
            return f"{statement}: {differing[0] - differing[1]} is not {differing[1] - differing[0]}, {answer}"
        return self._difference(statement, answer, expected)

    def _answer(self, statement: str) -> Any:
        source = DocumentSource(lambda table: self._things)
        answer = run_statement(statement, [TABLE], source, tenant=self._things.database)
        return answer.errors or [json.dumps([*row.values()]) for row in answer.rows]

    def _expected(self, statement: str, connection: sqlite3.Connection) -> Any:
        try:
            rows = connection.execute(statement).fetchall()
        except sqlite3.Error as error:
            return [str(error)]
        return [json.dumps([program._cell(value) for value in row]) for row in rows]

    @staticmethod
    def _difference(statement: str, answer: Any, expected: Any) -> str:
        same = answer == expected if "LIMIT" in statement else Counter(answer) == Counter(expected)
        return "" if same else f"{statement}: {answer} is not {expected}"


def differences(things: engine.Collection, *, count: int, seed: int) -> Iterator[str]:
    """Compare `count` statements, a tenth of which write, and yield what differs."""
    comparison = Comparison(things, Statements(seed))
    for number in range(count):
        if number % 100 == 0:
            comparison.fill()
        difference = comparison.write() if number % 10 == 9 else comparison.query()
        if difference:
            yield difference
            comparison.fill()


@contextmanager
def collection(uri: str) -> Iterator[engine.Collection]:
    """Make a collection for the statements in a database of its own."""
    limits = Limits(query_seconds=20)
    store, name = engine.Store(uri, limits=limits), f"test_{secrets.token_hex(6)}"
    schema, errors = parse_schema([ROWID_FIELD, *FIELDS], limits=limits)
    assert not errors
    spec = engine.CollectionSpec("t", "t", schema)
    make_storage(store, name, [spec])
    yield engine.Collection(store, name, spec, "tester", engine.ALL_ACTIONS).with_hidden_fields()
    store.database(name).client.drop_database(name)
