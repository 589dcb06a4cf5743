"""The SQL tab of the query page: one statement and its result."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import engine
from catalog.services.access import open_database, team_of
from catalog.services.metadata.views import views_of
from dashboard.console.queries import MAX_SHOWN
from dashboard.documents import grid
from dashboard.layout.base import BAD_REQUEST, SURFACE, DatabasePage
from engine import Action
from features.jobs.tasks import ensure_rowids
from features.sql.collections import source_of, tables_of
from features.sql.positions import position_of
from features.sql.services import SqlAnswer, run_statement


class SqlConsoleView(DatabasePage):
    """A form for a statement, and its result once it was submitted."""

    tab = "query"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self._show(request.GET.get("statement", ""))

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        statement = request.POST.get("statement", "").replace("\r\n", "\n").strip()
        started_at = time.perf_counter()
        try:
            answer = self._run(statement)
        except (engine.Invalid, engine.Conflict, engine.TooLarge, engine.Forbidden, engine.LimitExceeded) as error:
            return self._show(statement, errors=_lines(error), status=BAD_REQUEST)
        milliseconds = (time.perf_counter() - started_at) * 1000
        if answer.errors and not answer.rows:
            position = position_of(answer.errors[0], statement)
            return self._show(statement, errors=answer.errors, position=position, status=BAD_REQUEST)
        return self._show(statement, ms=milliseconds, done=True, **_result(answer))

    def _run(self, statement: str) -> SqlAnswer:
        database, principal = self.database, self.principal
        database.require(Action.READ)
        opened = partial(open_database, principal, database.id, surface=SURFACE)
        return run_statement(
            statement,
            tables_of(database),
            source_of(lambda name: opened(collection=name), ensure_rowids),
            tenant=str(team_of(principal, database.id)),
            views=views_of(database.id),
        )

    def _show(self, statement: str, *, status: int = 200, **context: Any) -> HttpResponse:
        tables = [(table.name, [column.name for column in table.columns]) for table in tables_of(self.database)]
        limits = [
            ("seconds", f"{settings.SQL_TIMEOUT:g}"),
            ("rows of its tables", f"{settings.SQL_MAX_DOCUMENTS:,}"),
            ("rows of a result", f"{settings.SQL_MAX_ROWS:,}"),
            ("changed rows", f"{settings.SQL_MAX_CHANGES:,}"),
        ]
        values = {"statement": statement, "tables": tables, "limits": limits, "max_length": settings.SQL_MAX_LENGTH}
        return self.show("query_sql.html", {**values, **context}, status=status)


def _lines(error: engine.Error) -> list[str]:
    lines = [f"{item.field}: {item.message}" if item.field else str(item.message) for item in error.errors]
    return lines[:20] or [error.message]


def _result(answer: SqlAnswer) -> dict[str, Any]:
    columns, rows = grid.table(answer.rows[:MAX_SHOWN], answer.columns)
    return {
        "count": len(answer.rows),
        "columns": columns,
        "rows": rows,
        "cut": len(answer.rows) > MAX_SHOWN,
        "written": answer.written,
        "changes": answer.changes,
        "warnings": answer.errors,
    }
