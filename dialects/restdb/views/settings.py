"""A database's settings for this dialect."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
from catalog.services.access import resolve_database_id
from catalog.services.rest import change_rest_settings, read_rest_settings
from dialects.restdb.auth.access import is_full
from dialects.restdb.query.bodies import object_body
from dialects.restdb.views.base import RestView, principal_of
from web.views import json_response

_NEEDS_FULL_KEY = "Settings need a full-access key, or a person, with the permission 'design'."


class SettingsView(RestView):
    """What is public: schemas and file names that need no key."""

    http_method_names = ("get", "patch", "options")
    below_rest = False

    def get(self, request: HttpRequest, database: str) -> HttpResponse:
        return json_response(read_rest_settings(principal_of(request), self._database(request, database)).as_dict())

    def patch(self, request: HttpRequest, database: str) -> HttpResponse:
        database_id = self._database(request, database)
        changed = change_rest_settings(principal_of(request), database_id, object_body(request))
        return json_response(changed.as_dict())

    def _database(self, request: HttpRequest, name: str) -> str:
        principal = principal_of(request)
        database_id = resolve_database_id(principal, name)
        if not is_full(principal):
            raise engine.Forbidden(_NEEDS_FULL_KEY)
        return database_id
