"""Routes of databases as files: upload, replace, download, and the jobs of these."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

import engine
import features.jobs.services
from accounts.principal import AccountPrincipal, AnonymousPrincipal
from catalog.services.access import open_database
from catalog.services.metadata.attributes import read_profile
from dialects.airsequel.platform.files.csv_file import read_csv
from dialects.airsequel.platform.files.exporting import CSV, csv_of, zip_of
from dialects.airsequel.platform.files.imports import create_of_file, replace_by_file
from dialects.airsequel.platform.files.sqlite_upload import (
    create_of_sqlite,
    is_sqlite,
    read_tables,
    replace_by_sqlite,
)
from dialects.airsequel.platform.files.uploads import uploaded_file
from dialects.airsequel.platform.operations.transfers import UploadQuery
from dialects.airsequel.platform.rendering import created_json
from dialects.airsequel.platform.table_handle import open_table
from dialects.airsequel.platform.transfer_rendering import dry_run_json, job_json, upload_response
from dialects.airsequel.platform.views.databases import creator_of
from dialects.airsequel.views import NEEDS_OWNER, AirsequelView, account_in, account_of, addressed
from engine import Action
from web.views import json_response

_MAX_BYTES = "MAX_SQLITE_BYTES"


class DatabaseUploadView(AirsequelView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        principal, query = creator_of(request), UploadQuery.of_query(request)
        file = _uploaded(request, principal)
        if query.dry_run:
            return _dry_run(principal, file)
        if is_sqlite(file):
            return upload_response(create_of_sqlite(principal, file))
        database_id = create_of_file(principal, file.name or "database.csv", file.read())
        return json_response(created_json(read_profile(principal, database_id)))


class DatabaseReplaceView(AirsequelView):
    http_method_names = ("put", "options")

    def put(self, request: HttpRequest, db_id: str) -> HttpResponse:
        caller, database_id = addressed(request, db_id)
        open_database(caller, database_id).require(Action.OWN)
        principal, query = account_in(request, db_id), UploadQuery.of_query(request)
        file = _uploaded(request, principal)
        if query.dry_run:
            return _dry_run(principal, file)
        if is_sqlite(file):
            return upload_response(replace_by_sqlite(principal, database_id, file))
        replace_by_file(principal, database_id, file.name or "database.csv", file.read())
        return json_response(created_json(read_profile(principal, database_id)))


class TransferJobView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, job_id: str) -> HttpResponse:
        return json_response(job_json(features.jobs.services.status(account_of(request), job_id)))


class DatabaseDownloadView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse | StreamingHttpResponse:
        principal, database_id = addressed(request, db_id)
        open_database(principal, database_id).require(Action.READ)
        profile = read_profile(principal, database_id)
        tables = [open_table(principal, database_id, name) for name in profile.tables]
        if len(tables) == 1:
            return file_response(csv_of(tables[0]), f"{tables[0].name}.csv", CSV)
        return file_response(zip_of(tables), f"{profile.name}.zip", "application/zip")


def _uploaded(request: HttpRequest, principal: AccountPrincipal) -> UploadedFile:
    """Return the file of a request; that of a database without an owner is small, and no SQLite file."""
    if not isinstance(principal, AnonymousPrincipal):
        return uploaded_file(request, setting=_MAX_BYTES)
    file = uploaded_file(request, setting="ANONYMOUS_MAX_BYTES")
    if is_sqlite(file):
        raise engine.Forbidden(NEEDS_OWNER)
    return file


def _dry_run(principal: AccountPrincipal, file: UploadedFile) -> HttpResponse:
    """Answer with the tables of an uploaded file; nothing is created."""
    if not is_sqlite(file):
        parsed = read_csv(file.name or "database.csv", file.read())
        return json_response(dry_run_json([parsed.table], [len(parsed.rows)], []))
    tables = read_tables(principal, file)
    return json_response(dry_run_json(tables.drafts, tables.rows, tables.notes))


def file_response(pieces: Iterator[bytes], name: str, media: str) -> StreamingHttpResponse:
    """Return the response that makes a browser save a file."""
    disposition = content_disposition_header(True, name)
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return StreamingHttpResponse(pieces, content_type=media, headers=headers)
