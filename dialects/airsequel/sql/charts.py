"""The routes that draw charts, which may have the rows of a SELECT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import features.charts.rendering as charts
from accounts.principal import Principal
from catalog.services.access import open_database, team_of
from catalog.services.metadata.sharing import caller_of_link
from catalog.services.metadata.views import views_of
from dialects.airsequel.platform.operations.charts import ChartTheme
from dialects.airsequel.sql.tables import source_of, tables_of
from dialects.airsequel.views import AirsequelView, addressed
from features.charts.rows import RunSelect
from features.charts.themes import Theme
from features.sql.services import run_statement
from web.views import json_response

# An image that is opened by its own address runs nothing and loads nothing.
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


class ChartSvgView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str, chart_id: str) -> HttpResponse:
        return _svg(request, *addressed(request, db_id), chart_id)


class ChartJsonView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str, chart_id: str) -> HttpResponse:
        return _json(*addressed(request, db_id), chart_id)


class LinkedChartSvgView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, readonly_id: str, chart_id: str) -> HttpResponse:
        return _svg(request, *caller_of_link(readonly_id), chart_id)


class LinkedChartJsonView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, readonly_id: str, chart_id: str) -> HttpResponse:
        return _json(*caller_of_link(readonly_id), chart_id)


def _svg(request: HttpRequest, principal: Principal, database_id: str, chart_id: str) -> HttpResponse:
    theme = Theme(ChartTheme.of_query(request).theme)
    content = charts.svg_of(
        principal, database_id, chart_id, theme=theme, run_select=_selecting(principal, database_id)
    )
    return HttpResponse(content, content_type="image/svg+xml", headers=_HEADERS)


def _json(principal: Principal, database_id: str, chart_id: str) -> HttpResponse:
    select = _selecting(principal, database_id)
    return json_response(charts.specification_of(principal, database_id, chart_id, run_select=select))


def _selecting(principal: Principal, database_id: str) -> RunSelect:
    """Return what runs a SELECT for the caller, on the tables that the caller may read."""

    def select(statement: str) -> tuple[Sequence[Mapping[str, Any]], Sequence[str]]:
        answer = run_statement(
            statement,
            tables_of(open_database(principal, database_id)),
            source_of(principal, database_id),
            tenant=str(team_of(principal, database_id)),
            views=views_of(database_id),
            only_reads=True,  # a chart is drawn by a GET, with the permissions of its reader
            max_wait=settings.SQL_TIMEOUT,  # a page has several, which are drawn one after the other
        )
        return answer.rows, answer.errors

    return select
