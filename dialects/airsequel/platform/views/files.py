"""Routes of files in cells."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from accounts.principal import Principal, VisitorPrincipal
from catalog.services.metadata.sharing import caller_of_link
from dialects.airsequel.platform.files.file_cells import CellContent, open_file, store_file
from dialects.airsequel.platform.files.uploads import uploaded_file
from dialects.airsequel.platform.table_handle import open_table
from dialects.airsequel.views import AirsequelView, addressed
from engine import Action
from features.files.services import Upload
from web.requests.ranges import file_response
from web.views import json_response

_CSP = "default-src 'none'; sandbox"


class CellFileView(AirsequelView):
    http_method_names = ("get", "put", "options")

    def get(
        self, request: HttpRequest, db_id: str, table: str, column: str, primary_key: str, value: str
    ) -> HttpResponse:
        handle = open_table(*addressed(request, db_id), table)
        return _content_response(request, open_file(handle, column, key=primary_key, value=value))

    def put(
        self, request: HttpRequest, db_id: str, table: str, column: str, primary_key: str, value: str
    ) -> HttpResponse:
        handle = open_table(*addressed(request, db_id), table, action=Action.WRITE)
        file = uploaded_file(request)
        upload = Upload(file.name or "file", file.size or 0, file)
        store_file(handle, column, upload, key=primary_key, value=value)
        return json_response({})


class LinkedCellFileView(AirsequelView):
    """A file of a database by its read-only id, which everyone who knows it may use."""

    http_method_names = ("get", "options")

    def authenticate(self, request: HttpRequest) -> Principal:
        return VisitorPrincipal()

    def get(
        self, request: HttpRequest, readonly_id: str, table: str, column: str, primary_key: str, value: str
    ) -> HttpResponse:
        handle = open_table(*caller_of_link(readonly_id), table)
        return _content_response(request, open_file(handle, column, key=primary_key, value=value))


def _content_response(request: HttpRequest, content: CellContent) -> HttpResponse:
    response = file_response(request, tag=f'"{content.tag}"', length=content.length, read=content.read)
    response.headers["Content-Type"] = content.kind
    response.headers["Cache-Control"] = "private, no-cache"
    disposition = content_disposition_header(not content.is_shown, content.name)
    response.headers["Content-Disposition"] = disposition or "inline"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _CSP
    return response
