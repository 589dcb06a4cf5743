"""Routes of apps: list, create, replace, delete, serve."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import features.apps.services as apps
from catalog.services.access import open_database
from dialects.airsequel.platform.operations.charts import AirsequelApp, AppDefinition
from dialects.airsequel.platform.rendering import timestamp
from dialects.airsequel.views import AirsequelView, addressed, owned
from engine import Action
from web.views import json_response

# A page without an origin: it has no cookies, no storage and no access to the pages of this service, and it can
# neither load nor send anything.
_CSP = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class AppsView(AirsequelView):
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        stored = apps.list_apps(*addressed(request, db_id))
        return json_response({"apps": [_app(item, db_id) for item in stored]})

    def post(self, request: HttpRequest, db_id: str) -> HttpResponse:
        principal, database_id = owned(request, db_id)
        open_database(principal, database_id).require(Action.DESIGN)
        body = AppDefinition.of_body(request)
        return json_response(_app(apps.add_app(principal, database_id, name=body.name, html=body.html), db_id))


class AppView(AirsequelView):
    http_method_names = ("put", "delete", "options")

    def put(self, request: HttpRequest, db_id: str, app_id: str) -> HttpResponse:
        principal, database_id = owned(request, db_id)
        open_database(principal, database_id).require(Action.DESIGN)
        body = AppDefinition.of_body(request)
        stored = apps.replace_app(principal, database_id, app_id, name=body.name, html=body.html)
        return json_response(_app(stored, db_id))

    def delete(self, request: HttpRequest, db_id: str, app_id: str) -> HttpResponse:
        apps.delete_app(*owned(request, db_id), app_id)
        return json_response({})


class AppPageView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str, app_id: str) -> HttpResponse:
        html = apps.page_of(*addressed(request, db_id), app_id)
        response = HttpResponse(html, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _CSP
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _app(item: apps.AppSummary, db_id: str) -> AirsequelApp:
    return {
        "createdUtc": timestamp(item.created_at),
        "id": item.id,
        "modifiedUtc": timestamp(item.changed_at),
        "name": item.name,
        "url": f"/dbs/{db_id}/apps/{item.id}",
    }
