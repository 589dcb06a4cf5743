"""Routes of settings and environment variables, of a database and of the installation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import features.environment.services as environment
from accounts.principal import Principal
from catalog.services.access import open_database
from catalog.services.metadata.attributes import change_profile, read_profile
from dialects.airsequel.platform.changes import record_changes
from dialects.airsequel.platform.operations.settings import (
    AirsequelVariable,
    DatabaseSettings,
    ServerSettings,
    ServerSettingsChange,
    SettingsChange,
    VariableChange,
    VariableName,
)
from dialects.airsequel.platform.rendering import timestamp
from dialects.airsequel.views import AirsequelView, account_in, account_of, addressed, owned
from engine import Action
from web.views import json_response

_ATTRIBUTES = ("environment", "views_tab")


class DatabaseSettingsView(AirsequelView):
    http_method_names = ("get", "patch", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        principal, database_id = addressed(request, db_id)
        variables = environment.list_variables(principal, database_id)
        profile = read_profile(principal, database_id)
        content: DatabaseSettings = {
            "auditing": profile.audited,
            "envVars": [_name_of(item) for item in variables],
            "environment": profile.attributes.environment,
            "schemaLocked": profile.schema_locked,
            "viewsTab": profile.attributes.views_tab,
            "visibility": "public" if profile.public else "private",
        }
        return json_response(content)

    def patch(self, request: HttpRequest, db_id: str) -> HttpResponse:
        principal, database_id = addressed(request, db_id)
        open_database(principal, database_id).require(Action.DESIGN)
        body = SettingsChange.of_body(request)
        if body.variables or body.visibility == "private":
            owned(request, db_id)
        environment.set_variables(principal, database_id, body.variables)
        if body.auditing:
            record_changes(account_in(request, db_id), database_id)
        sent = body.model_fields_set
        attributes = {
            name: getattr(body, name)
            for name in _ATTRIBUTES
            if name in sent and (name == "environment" or getattr(body, name) is not None)
        }
        public = None if body.visibility is None else body.visibility == "public"
        change_profile(
            principal, database_id, attributes=attributes, public=public, schema_locked=body.schema_locked
        )
        return json_response({})


class ServerSettingsView(AirsequelView):
    http_method_names = ("get", "patch", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        principal = account_of(request)
        content: ServerSettings = {
            "allowedHosts": environment.allowed_hosts(principal),
            "envVars": [_name_of(item) for item in environment.list_variables(principal, None)],
        }
        return json_response(content)

    def patch(self, request: HttpRequest) -> HttpResponse:
        principal = account_of(request)
        environment.allowed_hosts(principal)  # refuses others before their body is read
        body = ServerSettingsChange.of_body(request)
        environment.check_hosts(body.allowed_hosts or ())
        environment.set_variables(principal, None, body.variables)
        if body.allowed_hosts is not None:
            environment.set_allowed_hosts(principal, body.allowed_hosts)
        return json_response({})


class VariablesView(AirsequelView):
    """Variables of the addressed database; of the installation without one."""

    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest, db_id: str | None = None) -> HttpResponse:
        variables = environment.list_variables(*_holder(request, db_id))
        return json_response({"envVars": [_variable(item) for item in variables]})

    def post(self, request: HttpRequest, db_id: str | None = None) -> HttpResponse:
        holder = _holder(request, db_id)
        body = VariableChange.of_body(request)
        return json_response(_variable(environment.add_variable(*holder, name=body.name, value=body.value)))


class VariableView(AirsequelView):
    http_method_names = ("patch", "delete", "options")

    def patch(self, request: HttpRequest, name: str, db_id: str | None = None) -> HttpResponse:
        holder = _holder(request, db_id)
        changes = VariableChange.of_body(request).model_dump(exclude_unset=True)
        environment.change_variable(*holder, name, changes=changes)
        return json_response({})

    def delete(self, request: HttpRequest, name: str, db_id: str | None = None) -> HttpResponse:
        environment.delete_variable(*_holder(request, db_id), name)
        return json_response({})


def _holder(request: HttpRequest, db_id: str | None) -> tuple[Principal, str | None]:
    """Return the caller and the database that has the variables; None for those of the installation."""
    return (account_of(request), None) if db_id is None else owned(request, db_id)


def _variable(item: environment.Variable) -> AirsequelVariable:
    return {"created_utc": timestamp(item.created_at), "name": item.name, "value": item.value}


def _name_of(item: environment.Variable) -> VariableName:
    return {"name": item.name, "created_utc": timestamp(item.created_at)}
