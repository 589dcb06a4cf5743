"""Base classes of HTTP views: plain Django for the data plane, DRF for the control plane; one error handler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.response import Response
from rest_framework.views import APIView

import engine
from engine.encoding import dumps
from web.errors import Internal, MethodNotAllowed, classify, status_of
from web.metrics import count_refusal
from web.requests.addresses import check_address

log = logging.getLogger("datacube.errors")
Envelope = Callable[[engine.Error], dict[str, Any]]
_VERBS = frozenset(name.upper() for name in View.http_method_names)


def json_response(content: Any, *, status: int = 200) -> HttpResponse:
    """Return a strict JSON response that must not be cached."""
    return HttpResponse(
        dumps(content),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def error_headers(error: engine.Error) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, engine.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    return headers


def error_of(exception: Exception) -> engine.Error:
    """Return the error to respond with for an exception, count it, and log unexpected ones."""
    error = classify(exception)
    count_refusal(error)
    if isinstance(error, Internal):
        log.error("unhandled", exc_info=exception)
    return error


def error_response(exception: Exception, *, envelope: Envelope) -> HttpResponse:
    error = error_of(exception)
    response = json_response(envelope(error), status=status_of(error))
    for name, value in error_headers(error).items():
        response.headers[name] = value
    return response


def allowed_methods(view: View) -> list[str]:
    return [name.upper() for name in view.http_method_names if hasattr(view, name)]


@cache
def _admission() -> Callable[[HttpRequest, Any], None]:
    """Return the function that counts a request of an authenticated caller, or refuses it."""
    admission: Callable[[HttpRequest, Any], None] = import_string(settings.REQUEST_ADMISSION)
    return admission


class DocumentView(View):
    """Base of the data plane's views. A surface supplies `envelope` and `authenticate`."""

    envelope: Envelope
    authenticate: Callable[[HttpRequest], Any]
    repeatable_parameters: Collection[str] = ()
    # Whether the event loop may run the view itself, for a request with a small body: what blocks in it must go
    # through `engine.suspension`.
    runs_in_event_loop = False

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        return csrf_exempt(super().as_view(**initkwargs))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            verb = "GET" if request.method == "HEAD" else request.method or ""
            name = verb.lower() if verb in _VERBS else ""
            handler: Callable[..., HttpResponseBase] | None = getattr(self, name, None)
            if name not in self.http_method_names or handler is None:
                raise MethodNotAllowed(request.method or "", allowed=self.allowed_methods)
            if request.method != "OPTIONS":
                check_address(request.META, repeatable=self.repeatable_parameters)
                principal = request.principal = self.authenticate(request)  # type: ignore[attr-defined]  # not one of Django
                if principal is not None:
                    _admission()(request, principal)
            return handler(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the one HTTP handler
            return self.failure(error)

    @property
    def allowed_methods(self) -> list[str]:
        return allowed_methods(self)

    def failure(self, exception: Exception) -> HttpResponse:
        """Return the error response for an exception."""
        return error_response(exception, envelope=self.envelope)


class AnyAccept(DefaultContentNegotiation):
    """Content negotiation that always selects JSON and ignores the `Accept` header."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ControlView(APIView):
    """Base of the control plane's views. A surface supplies `envelope`."""

    envelope: Envelope
    is_limited = False  # whether requests count for the limits of their key and team
    content_negotiation_class = AnyAccept

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        check_address(request.META)
        super().initial(request, *args, **kwargs)
        if self.is_limited and request.user is not None:
            _admission()(request._request, request.user)

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        raise MethodNotAllowed(request.method, allowed=self.allowed_methods)

    def handle_exception(self, exc: Exception) -> Response:
        error = error_of(exc)
        return Response(self.envelope(error), status=status_of(error), headers=error_headers(error))

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response.headers.setdefault("Cache-Control", "no-store")
        return super().finalize_response(request, response, *args, **kwargs)
