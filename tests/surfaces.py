"""The surfaces for shared tests: every route of the resolver, and each surface's error envelope."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

import accounts.render
import dataapi.render
import dialects.restdb.render
import management.render
import web.v2
from dashboard.layout.middleware import is_dashboard
from datacube.asgi import STREAMS
from engine import Error


@dataclass(frozen=True)
class Surface:
    """One dialect: what its error bodies look like, and a route that shows it."""

    envelope: Callable[[Error], dict[str, Any]]
    route: str


SURFACES = {
    "accounts below /core": Surface(accounts.render.core_error, "GET /core/profile"),
    "accounts below /api/keys": Surface(accounts.render.management_error, "GET /api/keys"),
    "log-in": Surface(accounts.render.login_error, "POST /core/login"),
    "management": Surface(management.render.envelope, "GET /api/list_databases"),
    "dataapi": Surface(dataapi.render.envelope, "GET /api/crud"),
    "management v2": Surface(web.v2.envelope, "GET /api/v2/list_databases"),
    "dataapi v2": Surface(web.v2.envelope, "GET /api/v2/crud"),
    "restdb": Surface(dialects.restdb.render.envelope, "GET /db/60c72b2f9b1d8b1a2d3e4567/rest/x"),
}


def routes() -> list[str]:
    """Return `VERB /path` of every route of the APIs, without its final slash, with parameters as `{name}`."""
    return [route for route in _all_routes() if not is_dashboard(route.split(" ")[1])]


def dashboard_routes() -> list[str]:
    """Return the same for the dashboard's pages, which are not an API and have tables of their own."""
    return [route for route in _all_routes() if is_dashboard(route.split(" ")[1])]


def _all_routes() -> list[str]:
    return [f"{verb} {path}" for path, view in _patterns(get_resolver(), "/") for verb in _verbs(view)]


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
    text = re.sub(r"<(?:\w+:)?(\w+)>$|<(?:\w+:)?(\w+)>(?=/)", lambda match: f"{{{match[1] or match[2]}}}", text)
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
