"""Answers plain views of documents before Django's handler: the same views, log and headers, less in between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest, get_path_info
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.module_loading import import_string

from datacube.serving.database_hosts import path_of
from web.middleware import logged
from web.views import DocumentView

# What these do, `logged` does here, or is for files.
_NOT_FOR_HEADERS = ("web.middleware.RequestLog", "whitenoise.middleware.WhiteNoiseMiddleware")
_MOST_REMEMBERED = 1_000
_ID = re.compile(r"[0-9a-f]{24}")


class FastPath:
    """A WSGI application before Django's, to which it leaves all that is no `DocumentView`."""

    def __init__(self, django: Callable[..., Iterable[bytes]]) -> None:
        self.django = django
        self._headers = _constant_headers()
        self._matches: dict[str, ResolverMatch] = {}
        self._of_ids: dict[str, ResolverMatch] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["PATH_INFO"] = path_of(environ.get("HTTP_HOST", ""), environ["PATH_INFO"])
        response = self.answer(environ)
        if response is None:
            return self.django(environ, start_response)
        start_response(f"{response.status_code} {response.reason_phrase}", self.headers(response))
        return [response.content]

    def answer(self, environ: dict[str, Any]) -> HttpResponse | None:
        """None where Django is to answer."""
        match = self._match(get_path_info(environ))
        if match is None:
            return None
        request = WSGIRequest(environ)
        request.resolver_match = match
        try:
            return logged(request, lambda asked: match.func(asked, *match.args, **match.kwargs))
        finally:
            # As Django does at the end of a request: a connection to SQL that broke is not used again.
            close_old_connections()

    def headers(self, response: HttpResponse) -> list[tuple[str, str]]:
        return [*{**self._headers, **response.headers}.items()]

    def _match(self, path: str) -> ResolverMatch | None:
        """The plain view of a path; the last ones are remembered, as finding one costs more than checking a key.

        Paths that differ in the document alone, by whose id they end, share one.
        """
        if path in self._matches:
            return self._matches[path]
        above, _, last = path.rpartition("/")
        is_id = _ID.fullmatch(last) is not None
        if is_id and above in self._of_ids:
            return _renamed(self._of_ids[above], last)
        try:
            match = resolve(path)
        except (Resolver404, UnicodeError):
            return None
        if not issubclass(getattr(match.func, "view_class", object), DocumentView):
            return None
        if is_id and [name for name, value in match.kwargs.items() if value == last] == ["id"]:
            _remember(self._of_ids, above, match)
        else:
            _remember(self._matches, path, match)
        return match


def _renamed(match: ResolverMatch, document_id: str) -> ResolverMatch:
    """The same view, for another document."""
    return ResolverMatch(match.func, match.args, {**match.kwargs, "id": document_id}, route=match.route)


def _remember(matches: dict[str, ResolverMatch], path: str, match: ResolverMatch) -> None:
    if len(matches) >= _MOST_REMEMBERED:
        matches.clear()  # paths come without end
    matches[path] = match


def _constant_headers() -> Mapping[str, str]:
    """What Django's middleware adds to every answer, learned from the middleware itself."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = HttpResponse()
        del response.headers["Content-Type"]
        return response

    for name in reversed(settings.MIDDLEWARE):
        if name not in _NOT_FOR_HEADERS:
            answer = import_string(name)(answer)
    return dict(answer(HttpRequest()).headers)
