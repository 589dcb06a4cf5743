"""The routes of SQL statements and of SQLite files."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

import engine
import features.jobs.services
import features.jobs.tasks
from accounts.principal import AccountPrincipal, AnonymousPrincipal, Principal
from catalog.services.access import team_of
from catalog.services.metadata.attributes import read_profile
from catalog.services.metadata.views import views_of
from dialects.airsequel.platform.operations.transfers import DownloadQuery
from dialects.airsequel.platform.schema_text import definitions_of
from dialects.airsequel.platform.table_handle import open_table
from dialects.airsequel.platform.transfer_rendering import address_of
from dialects.airsequel.platform.views.transfers import DatabaseDownloadView, file_response
from dialects.airsequel.sql.definitions import SchemaEditor
from dialects.airsequel.sql.operations import SqlStatement
from dialects.airsequel.sql.tables import source_of, tables_of
from dialects.airsequel.views import AirsequelView, account_in, addressed, opened
from engine import Action
from features.sql.definitions import is_definition
from features.sql.exporting import sqlite_file
from features.sql.services import SqlAnswer, run_statement
from features.sqlite_files.services.exporting import open_result, submit_download
from web.views import json_response

_SQLITE = "application/vnd.sqlite3"
# Bytes of documents, indexes and history; the file of a larger database is made by a job.
_MAX_INLINE_BYTES = 32 << 20


class SqlView(AirsequelView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, db_id: str) -> HttpResponse:
        started = time.monotonic()
        database = opened(request, db_id)
        database.require(Action.READ)
        principal, database_id = addressed(request, db_id)
        statement = SqlStatement.of_body(request).query
        tenant = str(team_of(principal, database_id))
        if is_definition(statement):
            changed, errors = SchemaEditor(account_in(request, db_id), database).run(statement, tenant=tenant)
            return _answer(SqlAnswer(errors=errors, seconds=time.monotonic() - started), changed)
        tables, views = tables_of(database), views_of(database.id)
        source = source_of(principal, database_id)
        answer = run_statement(statement, tables, source, views=views, tenant=tenant)
        return _answer(answer, [table.name for table in tables] if answer.written else [])


def _answer(answer: SqlAnswer, affected: Sequence[str]) -> HttpResponse:
    return json_response(
        {
            "affectedTables": affected,
            "errors": answer.errors,
            "numChanges": answer.changes,
            "rows": answer.rows,
            "runtimeSeconds": round(answer.seconds, 6),
        }
    )


class DownloadView(DatabaseDownloadView):
    """Download as CSV, or as an SQLite file."""

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse | StreamingHttpResponse:
        query = DownloadQuery.of_query(request)
        if query.format == "csv":
            return super().get(request, db_id)
        if query.format != "sqlite":
            raise engine.Invalid.of_field("format", "Must be csv or sqlite.")
        database = opened(request, db_id)
        database.require(Action.READ)
        principal, database_id = addressed(request, db_id)
        if query.job:
            pieces = open_result(principal, database_id, query.job)
        elif database.size().total > _MAX_INLINE_BYTES:
            return _start_job(principal, database)
        else:
            pieces = sqlite_file(
                tables_of(database),
                source_of(principal, database_id),
                tenant=str(team_of(principal, database_id)),
                definitions=definitions_of(database),
            )
        return file_response(pieces, f"{read_profile(principal, database_id).name}.sqlite", _SQLITE)


def _start_job(principal: Principal, database: engine.Database) -> HttpResponse:
    """Start the job that makes the file. Raises `TooLarge` for callers by the id alone, who cannot have a job."""
    if not isinstance(principal, AccountPrincipal) or isinstance(principal, AnonymousPrincipal):
        raise engine.TooLarge("The file of this database is large: send credentials to have it made by a job.")
    rows = sum(open_table(principal, database.id, name).count({}) for name in database.specs)
    job_id = submit_download(
        principal, database, tables_of(database), definitions=definitions_of(database), rows=rows
    )
    features.jobs.tasks.enqueue(job_id)
    status = features.jobs.services.status(principal, job_id)
    return json_response({"job": address_of(status)}, status=202)
