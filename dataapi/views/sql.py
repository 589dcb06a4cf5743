"""The view of SQL statements."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse

import engine
from catalog.services.access import open_database, team_of
from catalog.services.metadata.views import views_of
from dataapi import render
from dataapi.operations.sql import SqlRequest
from dataapi.views.base import SURFACE, DataView, principal_of
from engine import Action
from features.jobs.tasks import ensure_rowids
from features.sql.collections import source_of, tables_of
from features.sql.services import run_statement
from web.views import json_response


class StatementView(DataView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        params, principal = SqlRequest.of_body(request), principal_of(request)
        database = open_database(principal, params.database_id, surface=SURFACE)
        database.require(Action.READ)
        opened = partial(open_database, principal, database.id, surface=SURFACE)
        answer = run_statement(
            params.statement,
            tables_of(database),
            source_of(lambda name: opened(collection=name), ensure_rowids),
            tenant=str(team_of(principal, database.id)),
            views=views_of(database.id),
        )
        if answer.errors and not answer.rows:
            raise engine.Invalid.of_field("query", answer.errors[0])
        return json_response(render.sql_result(answer))
