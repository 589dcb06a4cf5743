"""Routes of the generated JavaScript API. Everyone gets the library; collection names need permission."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import catalog.services
from accounts.principal import Principal, browser_scope_of
from dialects.restdb.auth import cors
from dialects.restdb.auth.credentials import RequestCredentials
from dialects.restdb.codegen import scripts
from dialects.restdb.operations.files import PlainScriptParameters
from dialects.restdb.views.base import RestView, database_of

_CSP = "default-src 'none'; style-src 'unsafe-inline'"


class ScriptView(RestView):
    """The library in one of `scripts.FORMS`. Without credentials it usually contains no collection names."""

    http_method_names = ("get", "options")
    form = ""

    def authenticate(self, request: HttpRequest) -> Principal | None:
        credentials = RequestCredentials.of(request)
        if not credentials.key and not credentials.authorization:
            return None
        principal = credentials.principal(self.kwargs["database"])
        cors.check(request.headers.get("Origin", ""), principal)
        return principal

    def get(self, request: HttpRequest, database: str) -> HttpResponse:
        form = self.form or ("plain" if PlainScriptParameters.of_params(request.GET).plainjs else "jquery")
        source = _source(request, database)
        tag = f'"{source.version(form)}"'
        is_unchanged = tag in request.headers.get("If-None-Match", "")
        response = HttpResponse(status=304) if is_unchanged else HttpResponse(scripts.render(source, form))
        headers: dict[str, Any] = {"ETag": tag, "Content-Type": scripts.FORMS[form][1]}
        headers |= {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin"}
        # Revalidated on every use, since the schema may change; an answer to a key is private to its bearer.
        is_public = getattr(request, "principal", None) is None
        headers["Cache-Control"] = "no-cache" if is_public else "private, no-cache"
        if form == "page":
            headers["Content-Security-Policy"] = _CSP
        for name, value in headers.items():
            response.headers[name] = value
        return response


class EventSourceView(RestView):
    """Polyfill that the published samples include for browsers without an EventSource."""

    http_method_names = ("get", "options")

    def authenticate(self, request: HttpRequest) -> Principal | None:
        return None

    def get(self, request: HttpRequest, database: str) -> HttpResponse:
        response = HttpResponse((scripts.TEMPLATES / "eventsource.js").read_bytes(), content_type=scripts.SCRIPT)
        response.headers["Cache-Control"] = "public, max-age=86400"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


def _source(request: HttpRequest, database: str) -> scripts.ScriptSource:
    principal: Principal | None = getattr(request, "principal", None)
    if principal is None:
        public = catalog.services.rest.public_specs(database)
        return scripts.source(database, public, partial=not settings.PUBLIC_SCHEMAS)
    handle = database_of(request, database)
    return scripts.source(database, handle.specs, name=handle.name, web=browser_scope_of(principal))
