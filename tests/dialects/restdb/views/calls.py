"""Calls of views without a service, as far as they need no database."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.authentication import set_caller
from accounts.principal import Principal
from dialects.restdb.views.base import RestView


def call(view: type[RestView], verb: str = "GET", *, path: str = "/", headers: Any = None, **route: Any) -> Any:
    """Call a view with the values of its route."""
    return view.as_view()(RequestFactory().generic(verb, path, headers=headers), **route)


def as_caller(view: type[RestView], principal: Principal) -> type[RestView]:
    """Return the view for a caller who is already authenticated."""

    def authenticate(_: RestView, request: HttpRequest) -> Principal:
        set_caller(request, principal)
        return principal

    return type(view.__name__, (view,), {"authenticate": authenticate})


def error_of(response: HttpResponse) -> tuple[int, str]:
    """Return the status and the message of an error."""
    body = json.loads(response.content)
    assert body["status"] == response.status_code
    return response.status_code, body["message"]
