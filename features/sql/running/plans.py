"""What a statement reads and writes, as its process says, checked against the tables of its job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.sql.process import ProcessError, Refused
from features.sql.running.changes import KINDS
from features.sql.tables import LoadPlan, SqlTable

_ROWID = "ROWID"
_FIXED = "The rowid of a row cannot be changed; insert another row."
_NO_ROWID = "The table {} has columns with all names of the rowid, so its rows cannot be written."


@dataclass(frozen=True)
class StatementPlan:
    """What is read and, of a statement that writes, the table and the kinds of changes.

    `is_keyed` is an INSERT that needs of its table only the rows with the keys of its own.
    """

    reads: tuple[LoadPlan, ...]
    target: SqlTable | None = None
    kinds: frozenset[str] = frozenset()
    is_keyed: bool = False

    @classmethod
    def of(cls, message: Mapping[str, Any], tables: Sequence[SqlTable]) -> StatementPlan:
        """Return the plan of a message. Raises `ProcessError` for tables that are not of the job, and `Refused`."""
        reads, known = message.get("reads"), {table.name: table for table in tables}
        if type(reads) is not dict or not reads.keys() <= known.keys():
            raise ProcessError
        if any(type(columns) is not list for columns in reads.values()):
            raise ProcessError
        plans = [LoadPlan.of(known[name], map(str, columns)) for name, columns in reads.items()]
        if message.get("writes") is None:
            return cls(tuple(plans))
        return cls._writing(message, plans, known)

    @classmethod
    def _writing(
        cls, message: Mapping[str, Any], plans: Sequence[LoadPlan], known: Mapping[str, SqlTable]
    ) -> StatementPlan:
        writes = message["writes"]
        table = known.get(str(writes.get("table"))) if type(writes) is dict else None
        if table is None or type(writes.get("kinds")) is not list or type(writes.get("columns")) is not list:
            raise ProcessError
        kinds = frozenset(map(str, writes["kinds"]))
        if not kinds or not kinds <= KINDS:
            raise ProcessError
        if table.rowid_column is None:
            raise Refused(_NO_ROWID.format(table.name))
        if any(_is_rowid(table, str(name)) for name in writes["columns"]):
            raise Refused(_FIXED)
        is_keyed = message.get("keyed") is True
        # Rows are counted only where nothing can have changed them since.
        others = [LoadPlan(plan.table, plan.columns) for plan in plans if plan.table is not table]
        own = [] if is_keyed else [LoadPlan.of(table, table.by_name)]
        return cls((*others, *own), table, kinds, is_keyed)


def _is_rowid(table: SqlTable, name: str) -> bool:
    column = table.by_name.get(name)
    return column.is_rowid_alias if column else name == _ROWID
