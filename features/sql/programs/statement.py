"""The program that runs one statement on tables in memory.

It receives a job, answers with the plan of its statement, receives the rows of the tables that the plan reads, and
answers with the result. A statement that writes has its table with all columns and constraints; after its result
the rows follow that it has changed, in batches of which an empty one is the last.

An INSERT that does not read its table is run twice: at first on the empty table, to send the keys of its rows, for
which the service then sends the rows that are stored under them.
"""

from __future__ import annotations

import math
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

from features.sql.programs.authorizer import MODULES, ONLY_ROWS, Authorizer
from features.sql.programs.changes import Comparison, UnstorableError, attempted_keys, free_name, quoted
from features.sql.programs.confinement import confine, interrupt_after, open_database
from features.sql.programs.frames import receive, send

_MAX_ERROR = 400
_BATCH_SIZE = 1_000
_BATCH_BYTES = 1 << 20
_BLOB = {"type": "blob"}
_UNFIT = "Stored rows do not fit the declaration of their table: {}"
_LIMITS = {
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 100,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 250_000,
}


class StatementJob:
    """A statement, the tables that it names, and its bounds.

    A table is `{definition, constrained, rowid, keys}`: its CREATE TABLE without and with constraints, the name of
    its rowid, and the columns in which a row may conflict with others. Views are by name.
    """

    def __init__(self, message: dict[str, Any]) -> None:
        self.statement: str = message["statement"]
        self.tables: dict[str, dict[str, Any]] = message["tables"]
        self.views: dict[str, str] = message["views"]
        self.seconds: float = message["seconds"]
        self.max_value: int = message["max_value"]
        self.max_rows: int = message["max_rows"]
        self.max_bytes: int = message["max_bytes"]


class StatementRun:
    """The run of a job on a connection. `target` is the table that it writes; None for a SELECT."""

    def __init__(self, connection: sqlite3.Connection, job: StatementJob) -> None:
        self._connection = connection
        self._job = job
        tables = {name.lower(): name for name in job.tables}
        self._authorizer = Authorizer(tables, {name.lower() for name in job.views})
        self.target: str | None = None
        self._scans = False

    def run(self) -> None:
        """Send the plan, load the rows, and send the result. Raises `sqlite3.Error`, `UnstorableError`."""
        self._plan()
        target = self.target
        for name, table in self._job.tables.items():
            if name != target:  # it is read with some of its columns alone, which may be those that are null
                self._connection.execute(f"DROP TABLE {quoted(name)}")
                self._connection.execute(table["definition"])
        _load(self._connection)
        if target is None:
            send(self._result())
            return
        if self._is_keyed(target):
            send({"keys": self._keys(target)})
            _load(self._connection)
        copy = free_name("before", self._job.tables)
        rowid = self._job.tables[target]["rowid"]
        comparison = Comparison(self._connection, target, rowid=rowid, copy=copy)
        send(self._result())
        for batch in _batches(comparison.records()):
            send({"records": batch})
        send({"records": []})

    def _plan(self) -> None:
        """Send what the statement reads and writes."""
        authorizer = self._authorizer
        self._connection.set_authorizer(authorizer)
        try:
            steps = self._connection.execute(f"EXPLAIN {self._job.statement}").fetchall()
        except sqlite3.DatabaseError as error:
            raise sqlite3.OperationalError(authorizer.refused or str(error)) from error
        finally:
            self._connection.set_authorizer(None)
        if not authorizer.selects and not authorizer.writes:
            raise sqlite3.OperationalError(ONLY_ROWS)
        plan: dict[str, Any] = {"reads": {name: sorted(names) for name, names in authorizer.reads.items()}}
        self.target = next(iter(authorizer.writes), None)
        if self.target is not None:
            plan["writes"] = {
                "table": self.target,
                "kinds": sorted(authorizer.writes[self.target]),
                "columns": sorted(authorizer.updated),
            }
            pages = self._connection.execute(
                "SELECT rootpage FROM sqlite_master WHERE tbl_name = ?", (self.target,)
            )
            own = {page for (page,) in pages}
            self._scans = any(step[1] == "OpenRead" and step[3] in own for step in steps)
            plan["keyed"] = self._is_keyed(self.target)
        send(plan)

    def _reads_own(self, steps: list[tuple[Any, ...]]) -> bool:
        """Return whether the steps of the plan read the target or one of its indexes."""
        pages = self._connection.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = ?", (self.target,))
        own = {page for (page,) in pages}
        return any(step[1] == "OpenRead" and step[3] in own for step in steps)

    def _is_keyed(self, target: str) -> bool:
        """Return whether the rows under the keys of the inserted ones are all that the statement needs."""
        return "insert" in self._authorizer.writes[target] and not self._scans

    def _keys(self, target: str) -> list[list[Any]]:
        keys, log = self._job.tables[target]["keys"], free_name("keys", self._job.tables)
        return attempted_keys(self._connection, self._execute, table=target, keys=keys, log=log)

    def _execute(self) -> None:
        self._connection.execute(self._job.statement).close()

    def _result(self) -> dict[str, Any]:
        self._connection.set_authorizer(self._authorizer)
        try:
            cursor = self._connection.execute(self._job.statement)
            columns = _names([column[0] for column in cursor.description or ()])
            rows, error = _rows(cursor, self._job)
        finally:
            self._connection.set_authorizer(None)
        if self.target is None:
            return {"columns": columns, "rows": rows, "error": error}
        if error:
            raise UnstorableError(error)
        (count,) = self._connection.execute("SELECT changes()").fetchone()
        return {"columns": columns, "rows": rows, "error": "", "changes": count}


def main() -> None:
    """Give up all rights, then receive a job. The arguments are the memory in bytes and the seconds of a job."""
    memory, seconds = int(sys.argv[1]), float(sys.argv[2])
    connection = _opened(memory=memory, seconds=seconds)
    confine(memory=memory, seconds=seconds)
    run_job(connection, StatementJob(receive()))


def run_job(connection: sqlite3.Connection, job: StatementJob) -> None:
    """Run a job on a new connection, and send its errors."""
    interrupt_after(connection, job.seconds)
    _create(connection, job)
    try:
        StatementRun(connection, job).run()
    except MemoryError:
        send({"error": "out of memory"})
    except (sqlite3.Error, sqlite3.Warning, UnstorableError) as error:
        send({"error": _message(error, job)})


def _opened(*, memory: int, seconds: float) -> sqlite3.Connection:
    """Open an empty database, in which everything is loaded that a statement may use."""
    connection = open_database(memory=memory, seconds=seconds)
    for category, bound in _LIMITS.items():
        connection.setlimit(category, bound)
    for module in MODULES:  # at its first use a module declares its table
        connection.execute(f"SELECT * FROM {module}('[]')").fetchall()
    return connection


def _create(connection: sqlite3.Connection, job: StatementJob) -> None:
    """Create the empty tables and the views."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, job.max_value)
    for table in job.tables.values():
        connection.execute(table["constrained"])
    for view in job.views.values():
        connection.execute(view)


def _load(connection: sqlite3.Connection) -> None:
    """Receive rows and insert them. A frame has an INSERT statement and its rows; an empty one is the last.

    After an error the rest is received, so that the service can send it before it reads the error.
    """
    rest = iter(receive, None)
    try:
        connection.execute("BEGIN")
        for statement, rows in rest:
            connection.executemany(statement, rows)
        connection.execute("COMMIT")
    except sqlite3.IntegrityError as error:
        raise sqlite3.OperationalError(_UNFIT.format(error)) from error
    finally:
        for _ in rest:
            pass


def _batches(records: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    """Yield batches of few records and few bytes."""
    batch: list[list[Any]] = []
    size = 0
    for record in records:
        batch.append(record)
        size += sum(_size(value) for value in record[2].values())
        if len(batch) == _BATCH_SIZE or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _size(value: Any) -> int:
    if type(value) is dict:
        value = value["blob"]
    return len(value) if type(value) is str else 16


def _rows(cursor: Iterator[tuple[Any, ...]], job: StatementJob) -> tuple[list[list[Any]], str]:
    """Return the rows up to the caps, and the text that says which cap they reach."""
    rows: list[list[Any]] = []
    size = 0
    for row in cursor:
        if len(rows) == job.max_rows:
            return (
                rows,
                f"The result has more than {job.max_rows} rows (SQL_MAX_ROWS); those after them are missing.",
            )
        size += sum(len(value) if type(value) is str else 16 for value in row)
        if size > job.max_bytes:
            return (
                rows,
                f"The result has more than {job.max_bytes} bytes; it is not complete.",
            )
        rows.append([_cell(value) for value in row])
    return rows, ""


def _cell(value: Any) -> Any:
    if type(value) is bytes:
        return _BLOB
    return value if type(value) is not float or math.isfinite(value) else None


def _names(columns: list[str]) -> list[str]:
    """Return the names, in which each after the first of a name has its number, as SQLite numbers them in views."""
    names: list[str] = []
    for name in columns:
        number = 0
        unique = name
        while unique in names:
            number += 1
            unique = f"{name}:{number}"
        names.append(unique)
    return names


def _message(error: Exception, job: StatementJob) -> str:
    if str(error) == "interrupted":
        return f"The statement takes more than {job.seconds:g} seconds (SQL_TIMEOUT)."
    return str(error)[:_MAX_ERROR]
