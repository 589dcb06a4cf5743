"""Routes of the records of charts and dashboards."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import features.charts.services as charts
from accounts.principal import Principal
from catalog.services.access import open_database
from dialects.airsequel.platform.operations.charts import (
    ChartChange,
    ChartDefinition,
    DashboardChange,
    DashboardDefinition,
)
from dialects.airsequel.views import AirsequelView, addressed, owned
from engine import Action
from web.views import json_response


class ChartsView(AirsequelView):
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        stored = charts.list_charts(*addressed(request, db_id))
        return json_response({"charts": [_chart(item) for item in stored]})

    def post(self, request: HttpRequest, db_id: str) -> HttpResponse:
        caller = _designer(request, db_id)
        body = ChartDefinition.of_body(request)
        return json_response(_chart(charts.add_chart(*caller, body.model_dump(by_alias=True, exclude_none=True))))


class ChartView(AirsequelView):
    http_method_names = ("patch", "delete", "options")

    def patch(self, request: HttpRequest, db_id: str, chart_id: str) -> HttpResponse:
        caller = _designer(request, db_id)
        body = ChartChange.of_body(request)
        charts.change_chart(*caller, chart_id, body.model_dump(by_alias=True, exclude_unset=True))
        return json_response({})

    def delete(self, request: HttpRequest, db_id: str, chart_id: str) -> HttpResponse:
        charts.delete_chart(*_designer(request, db_id), chart_id)
        return json_response({})


class DashboardsView(AirsequelView):
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        stored = charts.list_dashboards(*addressed(request, db_id))
        return json_response({"dashboards": [_dashboard(item) for item in stored]})

    def post(self, request: HttpRequest, db_id: str) -> HttpResponse:
        caller = _designer(request, db_id)
        body = DashboardDefinition.of_body(request)
        return json_response(_dashboard(charts.add_dashboard(*caller, title=body.title, charts=body.charts)))


class DashboardView(AirsequelView):
    http_method_names = ("patch", "delete", "options")

    def patch(self, request: HttpRequest, db_id: str, dashboard_id: str) -> HttpResponse:
        caller = _designer(request, db_id)
        body = DashboardChange.of_body(request)
        charts.change_dashboard(*caller, dashboard_id, title=body.title, charts=body.charts)
        return json_response({})

    def delete(self, request: HttpRequest, db_id: str, dashboard_id: str) -> HttpResponse:
        charts.delete_dashboard(*_designer(request, db_id), dashboard_id)
        return json_response({})


def _designer(request: HttpRequest, db_id: str) -> tuple[Principal, str]:
    """Return who acts on the addressed database, and its id. Raises `Forbidden` before a body is read."""
    principal, database_id = owned(request, db_id)
    open_database(principal, database_id).require(Action.DESIGN)
    return principal, database_id


def _chart(item: charts.StoredChart) -> dict[str, object]:
    """Return a chart with those of this service's own members that it has."""
    members = {name: value for name, value in item.definition.items() if value is not None}
    return {**members, "table": members.get("table"), "ulid": item.id}


def _dashboard(item: charts.StoredDashboard) -> dict[str, object]:
    return {"charts": [*item.charts], "title": item.title, "ulid": item.id}
