"""The surfaces for shared tests: every route of the resolver, and how each surface reports errors."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator

import accounts.render
import accounts.services
import catalog.services
import dataapi.render
import management.render
import web.v2
from dashboard.layout.middleware import is_dashboard
from datacube.asgi import STREAMS
from tests.support import Surface


def _is_core_error(body: dict[str, Any]) -> bool:
    texts = body.values()
    named = all(isinstance(text, list) and all(isinstance(line, str) for line in text) for text in texts)
    plain = set(body) <= {"detail", "error"} and all(isinstance(text, str) for text in texts)
    return bool(body) and (named or plain)


def _is_login_error(body: dict[str, Any]) -> bool:
    return set(body) == {"error"} and isinstance(body["error"], str)


def _is_v2_error(body: dict[str, Any]) -> bool:
    return (set(body), body.get("success")) == ({"success", "error", "detail"}, False)


def _is_error(body: dict[str, Any]) -> bool:
    errors = body.get("errors")
    return (
        {"success", "message", "errors"} <= set(body) <= {"success", "message", "errors", "detail", "error"}
        and body["success"] is False
        and isinstance(body["message"], str)
        and isinstance(errors, list)
        and all({"field", "message"} <= set(error) <= {"field", "message", "index"} for error in errors)
    )


_DATABASES = (catalog.services.queries, "list_databases")
_ENTRY = (catalog.services.access, "entry_of")
SURFACES = {
    "accounts below /core": Surface(
        accounts.render.core_error, "GET /core/profile", _is_core_error, (accounts.services.people, "profile")
    ),
    "accounts below /api/keys": Surface(
        accounts.render.management_error, "GET /api/keys", _is_error, (accounts.services.keys, "list_keys")
    ),
    "log-in": Surface(
        accounts.render.login_error, "POST /core/login", _is_login_error, (accounts.services.sessions, "log_in")
    ),
    "management": Surface(management.render.envelope, "GET /api/list_databases", _is_error, _DATABASES),
    "dataapi": Surface(dataapi.render.envelope, "GET /api/crud", _is_error, _ENTRY),
    "management v2": Surface(web.v2.envelope, "GET /api/v2/list_databases", _is_v2_error, _DATABASES),
    "dataapi v2": Surface(web.v2.envelope, "GET /api/v2/crud", _is_v2_error, _ENTRY),
}
# Surfaces that describe themselves, in a module of their own.
DESCRIBED = {
    "communibase": "tests.dialects.communibase.surface",
    "restdb": "tests.dialects.restdb.surface",
    # Last: its requests create databases, and those of others need a caller who has one alone.
    "airsequel": "tests.dialects.airsequel.surface",
}
SURFACES |= {name: importlib.import_module(module).SURFACE for name, module in DESCRIBED.items()}


def routes() -> list[str]:
    """Return `VERB /path` of every route of the APIs, without its final slash, with parameters as `{name}`."""
    return [route for route in _all_routes() if not is_dashboard(route.split(" ")[1])]


def dashboard_routes() -> list[str]:
    """Return the same for the dashboard's pages, which are not an API and have tables of their own."""
    return [route for route in _all_routes() if is_dashboard(route.split(" ")[1])]


def _all_routes() -> list[str]:
    return [f"{verb} {path}" for path, view in _patterns(get_resolver(), "/") for verb in _verbs(view)]


@cache
def openapi() -> dict[str, Any]:
    """Return the OpenAPI document of all surfaces; it takes half a second, and nobody changes it."""
    return SchemaGenerator().get_schema(request=None, public=True)


def paths() -> list[str]:
    return list(dict.fromkeys(route.split(" ")[1] for route in routes()))


def streams() -> list[str]:
    """Return the paths that can respond with events; they are routes as well."""
    return [path for path in STREAMS if not is_dashboard(path)]


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in resolver.url_patterns:
        here = prefix + _template(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, here)
        elif isinstance(pattern, URLPattern):
            yield here.rstrip("/") or "/", pattern.callback


def _template(pattern: str) -> str:
    text = pattern.removeprefix("^").removesuffix("/?$")
    text = re.sub(r"<(?:\w+:)?(\w+)>$|<(?:\w+:)?(\w+)>(?=[/.])", lambda match: f"{{{match[1] or match[2]}}}", text)
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", text)


def _verbs(view: Any) -> list[str]:
    """Return the methods of a view besides HEAD and OPTIONS; a plain function has GET."""
    view_class = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if view_class is None:
        return ["GET"]
    return [
        verb.upper()
        for verb in view_class.http_method_names
        if verb not in ("head", "options") and hasattr(view_class, verb)
    ]
