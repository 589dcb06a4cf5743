"""Routes of columns: add, change, delete."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from dialects.airsequel.platform.changes import add_column, change_column, delete_column
from dialects.airsequel.platform.operations.tables import ColumnChange, ColumnMembers
from dialects.airsequel.platform.table_handle import open_table
from dialects.airsequel.platform.table_rendering import column_json
from dialects.airsequel.views import AirsequelView, account_in, addressed, json_of
from engine import Action
from web.views import json_response


class ColumnView(AirsequelView):
    http_method_names = ("put", "patch", "delete", "options")

    def put(self, request: HttpRequest, db_id: str, table: str, column: str) -> HttpResponse:
        caller = addressed(request, db_id)
        handle = open_table(*caller, table, action=Action.DESIGN)
        draft = ColumnMembers.parse(json_of(request)).draft(column)
        add_column(account_in(request, db_id), handle, draft)
        return json_response(column_json(open_table(*caller, table, action=Action.DESIGN).column(column)))

    def patch(self, request: HttpRequest, db_id: str, table: str, column: str) -> HttpResponse:
        handle = open_table(*addressed(request, db_id), table, action=Action.DESIGN)
        change = ColumnChange.parse(json_of(request))
        change_column(account_in(request, db_id), handle, handle.column(column), change)
        return json_response({})

    def delete(self, request: HttpRequest, db_id: str, table: str, column: str) -> HttpResponse:
        handle = open_table(*addressed(request, db_id), table, action=Action.DESIGN)
        delete_column(account_in(request, db_id), handle, handle.column(column))
        return json_response({})
