"""Routes of tables: read, create, change, delete, export, search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

import engine
from accounts.principal import AccountPrincipal
from catalog.services.metadata.attributes import move_table
from catalog.services.metadata.renaming import rename_collection
from catalog.services.metadata.tables import declare_table
from dialects.airsequel.platform.changes import create_table, delete_table
from dialects.airsequel.platform.columns import TableDraft
from dialects.airsequel.platform.files.exporting import table_file
from dialects.airsequel.platform.operations.tables import NewTable, TableChange, TableExportQuery
from dialects.airsequel.platform.table_handle import open_table
from dialects.airsequel.platform.table_rendering import table_json
from dialects.airsequel.views import AirsequelView, account_in, addressed, json_of, opened
from engine import Action
from features.charts.services import delete_charts_of_table
from web.views import json_response


class AirsequelTableView(AirsequelView):
    http_method_names = ("get", "put", "patch", "delete", "options")

    def get(self, request: HttpRequest, db_id: str, table: str) -> HttpResponse:
        return json_response(table_json(open_table(*addressed(request, db_id), table)))

    def put(self, request: HttpRequest, db_id: str, table: str) -> HttpResponse:
        database = opened(request, db_id)
        database.require(Action.DESIGN)
        body = NewTable.parse(json_of(request))
        draft = TableDraft(table, tuple(column.draft(column.name) for column in body.columns))
        create_table(account_in(request, db_id), database.id, draft, description=body.description)
        return json_response(table_json(open_table(*addressed(request, db_id), table, action=Action.DESIGN)))

    def patch(self, request: HttpRequest, db_id: str, table: str) -> HttpResponse:
        database = opened(request, db_id, collection=table)
        database.collection(table).require(Action.DESIGN)
        principal, body = account_in(request, db_id), TableChange.of_body(request)
        if "after" in body.model_fields_set:
            move_table(principal, database.id, table, after=body.after)
        if "description" in body.model_fields_set:
            declare_table(principal, database.id, table, description={"description": body.description})
        if body.name is not None:
            self.rename(principal, database, table, to=body.name)
        return json_response({})

    def rename(self, principal: AccountPrincipal, database: engine.Database, table: str, *, to: str) -> None:
        """Rename a table with all that names it; a subclass adds what a package above this one stores."""
        rename_collection(principal, database.id, table, to=to)

    def delete(self, request: HttpRequest, db_id: str, table: str) -> HttpResponse:
        database = opened(request, db_id, collection=table)
        database.require(Action.OWN)
        database.collection(table)
        principal = account_in(request, db_id)
        delete_table(principal, database, table)
        delete_charts_of_table(principal, database.id, table)
        return json_response({})


class TableExportView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str, table: str) -> StreamingHttpResponse:
        handle = open_table(*addressed(request, db_id), table)
        media, suffix, pieces = table_file(handle, format=TableExportQuery.of_query(request).format)
        disposition = content_disposition_header(True, f"{table}.{suffix}")
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        return StreamingHttpResponse(pieces, content_type=media, headers=headers)


class TableSearchView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str, table: str, term: str) -> HttpResponse:
        handle = open_table(*addressed(request, db_id), table)
        return json_response(table_json(handle, filter=handle.search_filter(term)))
