"""Serves plain views of documents without Django's handler, with the same log and headers and less overhead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest, get_path_info
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.module_loading import import_string

from datacube.serving.database_hosts import path_of
from engine import suspension
from web.middleware import logged
from web.views import DocumentView

# `logged` replaces the first one; the second one serves files.
_NOT_FOR_HEADERS = ("web.middleware.RequestLog", "whitenoise.middleware.WhiteNoiseMiddleware")
_MAX_CACHED = 1_000
_ID = re.compile(r"[0-9a-f]{24}")


class FastPath:
    """A WSGI application in front of Django's: serves each `DocumentView` and passes everything else on."""

    def __init__(self, django: Callable[..., Iterable[bytes]]) -> None:
        self.django = django
        self._headers = _constant_headers()
        self._encoded = {_encoded_name(name): value.encode("latin-1") for name, value in self._headers.items()}
        self._matches: dict[str, ResolverMatch] = {}
        self._by_parent: dict[str, ResolverMatch] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["PATH_INFO"] = path_of(environ.get("HTTP_HOST", ""), environ["PATH_INFO"])
        response = self.respond(environ)
        if response is None:
            return self.django(environ, start_response)
        start_response(f"{response.status_code} {response.reason_phrase}", self.headers(response))
        return response if response.streaming else [response.content]

    def runs_in_event_loop(self, path: str) -> bool:
        """Return whether the event loop may run the view of a path. False for a path that is not cached yet."""
        match = self._matches.get(path) or self._by_parent.get(path.rpartition("/")[0])
        return match is not None and bool(_view_class(match).runs_in_event_loop)

    def respond(self, environ: dict[str, Any]) -> HttpResponse | StreamingHttpResponse | None:
        """Return the response, or None where Django must serve the request."""
        match = self._match(get_path_info(environ))
        if match is None:
            return None
        request = WSGIRequest(environ)
        request.resolver_match = match
        try:
            return logged(request, lambda request: match.func(request, *match.args, **match.kwargs))
        finally:
            if suspension.current.get() is None:  # the event loop has no SQL connections
                # As Django does at the end of a request: a broken SQL connection is not used again.
                close_old_connections()

    def headers(self, response: HttpResponseBase) -> list[tuple[str, str]]:
        return [*{**self._headers, **response.headers}.items()]

    def encoded_headers(self, response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
        """Return the headers as ASGI has them; the constant ones were encoded before."""
        own = {_encoded_name(name): value.encode("latin-1") for name, value in response.headers.items()}
        return [*{**self._encoded, **own}.items()]

    def _match(self, path: str) -> ResolverMatch | None:
        """Return the plain view of a path, or None. The latest ones are cached: resolving costs more."""
        cached = self._cached_match(path)
        if cached is not None:
            return cached
        try:
            match = resolve(path)
        except (Resolver404, UnicodeError):
            return None
        if not issubclass(_view_class(match), DocumentView):
            return None
        parent, _, last = path.rpartition("/")
        if _ID.fullmatch(last) and [name for name, value in match.kwargs.items() if value == last] == ["id"]:
            _cache(self._by_parent, parent, match)
        else:
            _cache(self._matches, path, match)
        return match

    def _cached_match(self, path: str) -> ResolverMatch | None:
        """Return a cached match, or None. Paths that differ only in the document's id at their end share one."""
        match = self._matches.get(path)
        if match is not None:
            return match
        parent, _, last = path.rpartition("/")
        by_parent = self._by_parent.get(parent)
        return _renamed(by_parent, last) if by_parent is not None and _ID.fullmatch(last) else None


@lru_cache(_MAX_CACHED)
def _encoded_name(name: str) -> bytes:
    return name.lower().encode()


def _view_class(match: ResolverMatch) -> Any:
    """Return the class of a view that is one, else `object`."""
    return getattr(match.func, "view_class", object)


def _renamed(match: ResolverMatch, document_id: str) -> ResolverMatch:
    """Return the same match for another document."""
    return ResolverMatch(match.func, match.args, {**match.kwargs, "id": document_id}, route=match.route)


def _cache(matches: dict[str, ResolverMatch], path: str, match: ResolverMatch) -> None:
    if len(matches) >= _MAX_CACHED:
        matches.clear()  # the number of paths is unlimited
    matches[path] = match


def _constant_headers() -> Mapping[str, str]:
    """Return the headers that Django's middleware adds to every response, determined by running it once."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        del response.headers["Content-Type"]
        return response

    for name in reversed(settings.MIDDLEWARE):
        if name not in _NOT_FOR_HEADERS:
            respond = import_string(name)(respond)
    return dict(respond(HttpRequest()).headers)
