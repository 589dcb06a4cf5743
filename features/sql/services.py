"""Runs a statement on the tables of a database: plans it, loads what it reads, and applies what it changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol, Self, TypeVar

from django.conf import settings

import engine
from engine.lazy import made_once
from features.processes.warm import WarmPool
from features.sql.process import ProcessError, ProcessLate, Refused, SqlProcess, command_of
from features.sql.running.changes import TableChanges
from features.sql.running.first_rows import OrderedSource
from features.sql.running.literals import check_numbers
from features.sql.running.loading import Loader
from features.sql.running.narrowing import narrowings_of
from features.sql.running.plans import StatementPlan
from features.sql.slots import shared_slots
from features.sql.tables import LoadPlan, SqlTable, named_tables, named_views

T = TypeVar("T")
_PROGRAM = "statement"
# What the frame of a result has besides texts: names, brackets, and escapes of six characters.
_FRAME_FACTOR = 7
_FRAME_BYTES = 1024 * 1024
_ENDED = "The statement was ended, because it needs too much memory or time."
_TIMED_OUT = "The statement takes more than {:g} seconds (SQL_TIMEOUT)."
_ONLY_SELECT = "Only SELECT is allowed here."
_TOO_LONG = "Must have at most {} characters (SQL_MAX_LENGTH)."
_BUSY = "Other requests insert rows into this table at the moment. Send the statement again."
_ATTEMPTS = 4


@dataclass(frozen=True)
class SqlAnswer:
    """Rows with the columns in their order, and errors of the statement.

    Of a statement that writes: the name of its table, and the number of rows that it inserted, updated or deleted.
    `seconds` are those of the statement: to plan it, to read its rows and to write them, without a process's start.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    written: str | None = None
    changes: int = 0
    seconds: float = 0.0


class WritableSource(OrderedSource, Protocol):
    """Reads documents, and writes them."""

    def require(self, table: str, kinds: Collection[str]) -> None:
        """Raise `Forbidden` unless the caller may insert, update, delete, as `kinds` says."""

    def in_transaction(self, tables: Sequence[str], work: Callable[[Self], T]) -> T:
        """Run work on tables in one transaction, and return its result. May call it again."""

    def reserve(self, table: str, count: int) -> int:
        """Reserve rowids and return the first; with a count of 0, the next one."""

    def apply(self, changes: TableChanges, ids: Mapping[int, Any]) -> None:
        """Store changes; `ids` are the ids of documents by rowid."""


class _NumbersTakenError(Exception):
    """Another request has taken the rowids that the statement gave to `count` rows."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count


def run_statement(
    statement: str,
    tables: Sequence[SqlTable],
    source: WritableSource,
    *,
    tenant: str,
    views: Mapping[str, str] = MappingProxyType({}),
    only_reads: bool = False,
    max_wait: float = 0.0,
) -> SqlAnswer:
    """Run one statement on `tables`, all that the caller may read, and `views`. Its own errors are in the answer.

    A statement that writes is a transaction, and with `only_reads` an error. Raises `Invalid` past SQL_MAX_LENGTH,
    for numbers that SQLite would read as 0 and for what the schema refuses, `Conflict`, `Forbidden`, `TooLarge`,
    `LimitExceeded` while another statement of the tenant runs, and `Unavailable`.
    """
    if len(statement) > settings.SQL_MAX_LENGTH:
        raise engine.Invalid.of_field("query", _TOO_LONG.format(settings.SQL_MAX_LENGTH))
    check_numbers(statement)
    with shared_slots().of(tenant, max_wait=max_wait):
        named = named_views(statement, tables, views)
        text = " ".join((statement, *named.values()))
        return _Statement(statement, named_tables(text, tables), source, named, only_reads).run()


@dataclass
class _Statement:
    """A statement, the tables that it names, and their documents. `first` and `count` are of reserved rowids."""

    text: str
    tables: Sequence[SqlTable]
    source: WritableSource
    views: Mapping[str, str]
    only_reads: bool = False
    first: int = 0
    count: int = 0

    def run(self) -> SqlAnswer:
        """Return the answer, also where the statement fails."""
        with statement_process() as process:
            started = time.monotonic()
            try:
                answer = self._run_in(process)
            except Refused as error:
                answer = SqlAnswer(errors=[str(error)])
            except ProcessLate:
                answer = SqlAnswer(errors=[_TIMED_OUT.format(settings.SQL_TIMEOUT)])
            except ProcessError:
                answer = SqlAnswer(errors=[_ENDED])
            return replace(answer, seconds=time.monotonic() - started)

    def _run_in(self, process: SqlProcess) -> SqlAnswer:
        plan = self._plan(process)
        if plan.target is None:
            return self._read(process, plan)
        if self.only_reads:
            raise Refused(_ONLY_SELECT)
        self.source.require(plan.target.name, plan.kinds)
        planned = iter([(process, plan)])
        names = [plan.target.name, *(read.table.name for read in plan.reads)]
        for _ in range(_ATTEMPTS):
            try:
                return self.source.in_transaction(names, partial(self._attempt, planned))
            except _NumbersTakenError as error:
                self.count = error.count
                self.first = self.source.reserve(plan.target.name, error.count)
        raise engine.Conflict(_BUSY)

    def _plan(self, process: SqlProcess) -> StatementPlan:
        """Return what the statement does, as the process says."""
        process.send(_job(self))
        return StatementPlan.of(process.receive(), self.tables)

    def _read(self, process: SqlProcess, plan: StatementPlan) -> SqlAnswer:
        self._loader(process, self.source, plan)
        return _answer(process.receive())

    def _attempt(self, planned: Iterator[tuple[SqlProcess, StatementPlan]], source: WritableSource) -> SqlAnswer:
        """Run the statement in a transaction: in the process that planned it, at a repetition in a new one."""
        for process, plan in planned:
            return self._write(process, plan, source)
        with statement_process() as process:
            return self._write(process, self._plan(process), source)

    def _write(self, process: SqlProcess, plan: StatementPlan, source: WritableSource) -> SqlAnswer:
        target = plan.target
        if target is None:
            raise ProcessError
        loader = self._loader(process, source, plan)
        last = (self.first or source.reserve(target.name, 0)) - 1 if "insert" in plan.kinds else 0
        if plan.is_keyed:
            loader.load_keyed(LoadPlan.of(target, target.by_name), process.receive().get("keys", ()), last=last)
        message = process.receive()
        answer = _answer(message)
        changes = TableChanges.received(process, target, known=loader.ids)
        source.require(target.name, changes.kinds)
        self._take_numbers(changes, source, last=last)
        source.apply(changes, loader.ids)
        count = message.get("changes")
        if type(count) is not int or answer.errors:
            raise ProcessError
        return SqlAnswer(answer.rows, [], answer.columns, target.name, count)

    def _loader(self, process: SqlProcess, source: WritableSource, plan: StatementPlan) -> Loader:
        """Load what is read: the rows that the statement can need, as far as that is known."""
        narrowings = {} if self.views else narrowings_of(self.text, self.tables, self.source.excludes_arrays)
        if plan.target is not None:  # an INSERT needs all that its rows may conflict with
            is_narrowed = "insert" not in plan.kinds and len(plan.reads) == 1
            narrowings = {
                name: item for name, item in narrowings.items() if is_narrowed or name != plan.target.name
            }
        firsts = {name: item.first for name, item in narrowings.items() if item.first}
        reads = [
            replace(read, filter=narrowings[read.table.name].filter)
            if read.table.name in narrowings and not read.only_counts
            else read
            for read in plan.reads
        ]
        loader = Loader(process, source, target=plan.target, first=firsts)
        loader.load(reads)
        return loader

    def _take_numbers(self, changes: TableChanges, source: WritableSource, *, last: int) -> None:
        """Reserve the rowids of new rows. Raises `_NumbersTakenError` where others have taken some of them."""
        count = max(changes.inserted, default=0) - last
        if count <= self.count:
            return
        if self.count or source.reserve(changes.table.name, count) != last + 1:
            raise _NumbersTakenError(count)


@made_once
def warm_processes() -> WarmPool[SqlProcess]:
    """Return the processes that wait for statements in this process of the service."""
    return WarmPool("sql", lambda: settings.SQL_WARM_PROCESSES)


def statement_process() -> SqlProcess:
    """Return a process that waits for its statement, and has run none. Its time begins now."""
    arguments = (str(settings.SQL_MEMORY_BYTES), str(settings.SQL_TIMEOUT))
    seconds = settings.SQL_TIMEOUT + 1
    max_frame = _FRAME_FACTOR * settings.SQL_MAX_RESULT_BYTES + _FRAME_BYTES
    start = partial(SqlProcess, _PROGRAM, *arguments, seconds=seconds, max_frame=max_frame)
    process = warm_processes().take((command_of(_PROGRAM, *arguments), max_frame), start)
    process.limit(seconds)
    return process


def _job(statement: _Statement) -> dict[str, Any]:
    return {
        "statement": statement.text,
        "tables": {table.name: table.as_job for table in statement.tables},
        "views": dict(statement.views),
        "seconds": settings.SQL_TIMEOUT,
        "max_value": settings.SQL_MAX_VALUE_BYTES,
        "max_rows": settings.SQL_MAX_ROWS,
        "max_bytes": settings.SQL_MAX_RESULT_BYTES,
    }


def _answer(message: Mapping[str, Any]) -> SqlAnswer:
    """Return the answer of a result. Raises `ProcessError` for what is no result."""
    columns, rows = message.get("columns"), message.get("rows")
    if type(columns) is not list or type(rows) is not list:
        raise ProcessError
    if any(type(name) is not str for name in columns):
        raise ProcessError
    if any(type(row) is not list or len(row) != len(columns) for row in rows):
        raise ProcessError
    error = message.get("error")
    return SqlAnswer([dict(zip(columns, row, strict=True)) for row in rows], [str(error)] if error else [], columns)
