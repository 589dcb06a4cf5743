"""Routes of functions: their management, and calls by every verb."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
from accounts.authentication import caller_of
from accounts.principal import VisitorPrincipal
from catalog.services.access import open_database
from catalog.services.metadata.sharing import caller_in, shared_id_of
from dialects.airsequel.functions.operations import (
    AirsequelFunction,
    CheckQuery,
    FunctionChange,
    FunctionDefinition,
    FunctionInvocation,
    FunctionStartsAnswer,
    PublishedVersion,
    Republication,
    StartsDefinition,
)
from dialects.airsequel.platform.rendering import timestamp
from dialects.airsequel.views import AirsequelView, addressed, json_of, owned
from engine import Action
from features.functions.running import FunctionResult, Outcome
from features.functions.services import calling, managing, unattended
from features.functions.services.calling import FunctionRequest
from features.webhooks.services import Trigger
from web.errors import MISSING_CREDENTIALS
from web.views import json_response

_STATUS = {Outcome.FAILED: 500, Outcome.LATE: 504, Outcome.KILLED: 502}
# Headers that a function does not receive: secrets of the caller, and those of proxies and connections.
_WITHHELD = {"authorization", "cookie", "proxy-authorization", "x-api-key", "x-apikey", "forwarded"}


class FunctionsView(AirsequelView):
    http_method_names = ("get", "post", "options")

    def get(self, request: HttpRequest, db_id: str) -> HttpResponse:
        records = managing.list_functions(*addressed(request, db_id))
        return json_response({"functions": [_function(item) for item in records]})

    def post(self, request: HttpRequest, db_id: str) -> HttpResponse:
        principal, database_id = owned(request, db_id)
        open_database(principal, database_id).require(Action.DESIGN)
        check = CheckQuery.of_query(request).check
        members = FunctionDefinition.of_body(request).model_dump()
        record = managing.create_function(principal, database_id, members=members, check=check)
        return json_response(_function(record))


class FunctionView(AirsequelView):
    http_method_names = ("get", "patch", "delete", "options")

    def get(self, request: HttpRequest, db_id: str, func_id: str) -> HttpResponse:
        return json_response(_function(managing.read_function(*addressed(request, db_id), func_id)))

    def patch(self, request: HttpRequest, db_id: str, func_id: str) -> HttpResponse:
        principal, database_id = owned(request, db_id)
        open_database(principal, database_id).require(Action.DESIGN)
        check = CheckQuery.of_query(request).check
        changes = FunctionChange.of_body(request).model_dump(exclude_unset=True)
        record = managing.change_function(principal, database_id, func_id, changes=changes, check=check)
        return json_response(_published(record))

    def delete(self, request: HttpRequest, db_id: str, func_id: str) -> HttpResponse:
        managing.delete_function(*owned(request, db_id), func_id)
        return json_response({})


class FunctionVersionView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str, func_id: str, version_id: str) -> HttpResponse:
        record = managing.read_function(*addressed(request, db_id), func_id, version_id=version_id)
        return json_response(_function(record))


class RepublishView(AirsequelView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, db_id: str, func_id: str) -> HttpResponse:
        principal, database_id = owned(request, db_id)
        open_database(principal, database_id).require(Action.DESIGN)
        check = CheckQuery.of_query(request).check
        version = Republication.of_body(request).version
        if type(version) is not str or not version:
            raise engine.Invalid.of_field("version", "Must be the id of a version.")
        record = managing.republish(principal, database_id, func_id, version_id=version, check=check)
        return json_response(_published(record))


class InvocationsView(AirsequelView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest, db_id: str, func_id: str) -> HttpResponse:
        rows = managing.list_invocations(*addressed(request, db_id), func_id)
        return json_response({"invocations": [_invocation(row) for row in rows]})


class StartsView(AirsequelView):
    http_method_names = ("get", "put", "options")

    def get(self, request: HttpRequest, db_id: str, func_id: str) -> HttpResponse:
        return json_response(_starts(unattended.read_starts(*addressed(request, db_id), func_id)))

    def put(self, request: HttpRequest, db_id: str, func_id: str) -> HttpResponse:
        principal, database_id = owned(request, db_id)
        open_database(principal, database_id).require(Action.DESIGN)
        body = StartsDefinition.of_body(request)
        triggers = [Trigger(item.collection, tuple(item.events)) for item in body.triggers]
        starts = unattended.set_starts(principal, database_id, func_id, triggers=triggers, schedule=body.schedule)
        return json_response(_starts(starts))


class CallView(AirsequelView):
    http_method_names = ("get", "post", "put", "patch", "delete", "options")

    def get(self, request: HttpRequest, func_id: str) -> HttpResponse:
        try:
            database_id = calling.database_of(func_id)
            principal, _ = caller_in(caller_of(request), shared_id_of(database_id))
        except engine.NotFound as error:
            if isinstance(caller_of(request), VisitorPrincipal):
                raise engine.Unauthenticated(MISSING_CREDENTIALS) from error
            raise engine.NotFound(managing.NO_FUNCTION) from error
        function_request = FunctionRequest(str(request.method), _headers(request), _data(request))
        return _answer(calling.call(principal, database_id, func_id, request=function_request))

    post = put = patch = delete = get


def _data(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object of the body, without a body the parameters of the query."""
    return json_of(request) or {name: str(request.GET[name]) for name in request.GET}


def _headers(request: HttpRequest) -> dict[str, str]:
    """Return the headers that a function receives, in lower case."""
    names = {name.lower(): value for name, value in request.headers.items()}
    return {
        name: value
        for name, value in names.items()
        if name not in _WITHHELD and not name.startswith(("x-forwarded-", "x-real-"))
    }


def _answer(result: FunctionResult) -> HttpResponse:
    if result.outcome is not Outcome.DONE:
        return json_response({"errors": [{"message": result.error}]}, status=_STATUS[result.outcome])
    value = result.value
    return json_response(value["data"] if type(value) is dict and "data" in value else value)


def _function(record: managing.FunctionRecord) -> AirsequelFunction:
    return {
        "content": record.content,
        "description": record.description,
        "diagnostics": record.diagnostics,
        "id": record.id,
        "name": record.name,
        "runtime": record.runtime,
        "versions": record.versions,
    }


def _published(record: managing.FunctionRecord) -> PublishedVersion:
    return {"diagnostics": record.diagnostics, "id": record.version}


def _starts(starts: unattended.FunctionStarts) -> FunctionStartsAnswer:
    return {
        "nextUtc": timestamp(starts.due_at) if starts.due_at else None,
        "schedule": starts.schedule,
        "triggers": [
            {
                "active": item.active,
                "collection": item.collection,
                "events": [*item.events],
                "message": item.message,
            }
            for item in starts.triggers
        ],
    }


def _invocation(row: managing.InvocationRecord) -> FunctionInvocation:
    return {
        "createdUtc": timestamp(row.created_at),
        "data": row.data,
        "error": row.error,
        "logs": row.logs,
        "method": row.method,
        "outcome": row.outcome,
        "runtimeMs": row.milliseconds,
        "version": row.version,
    }
