"""Error pages, error toasts for fragments, and the sign-in dialog after a session has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

import engine
from dashboard.layout.sign_in_forms import sign_in_again_form
from engine.request import request_id
from web.errors import status_of
from web.views import error_headers, error_of

_TITLES: Mapping[int, tuple[str, str]] = {
    400: ("Invalid request", ""),
    403: ("Permission denied", "A team member with a higher role can do this, or can give you that role."),
    404: ("Page not found", "It does not exist, was deleted, or you have no access to it."),
    405: ("Invalid request", ""),
    409: ("Conflict", ""),
    412: ("Version conflict", "Load the page again to see the current version."),
    413: ("Limit exceeded", ""),
    429: ("Too many requests", ""),
    500: ("Internal error", "The log has the details under the request id below. Try again in a moment."),
    507: ("Disk full", "Nothing was stored. Reading and deleting still work."),
    503: ("Service unavailable", "Nothing was lost. Try again in a moment."),
}
# Links in mails, and the link printed at the first start.
_LINKS = ("first", "join", "reset", "verify")
_NOT_FOUND = "Not found or access denied"


def response(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the response for an exception of a view."""
    error = error_of(exception)
    if isinstance(error, engine.Unauthenticated):
        return _sign_in_required(request)
    reply = _toast(request, error) if is_fragment(request) else page(request, error)
    for name, value in error_headers(error).items():
        reply.headers[name] = value
    return reply


def page(request: HttpRequest, error: engine.Error) -> HttpResponse:
    """Return the error page."""
    status = status_of(error)
    title, hint = _TITLES[status]
    if error.retry_after is not None:
        hint = f"Try again in {error.retry_after} seconds."
    if status == 400 and request.method == "GET" and _route(request) in _LINKS:
        title = "Invalid link"
    message = "" if status == 500 or error.message == _NOT_FOUND else error.message
    context = {"status": status, "title": title, "message": message, "hint": hint, "request_id": request_id.get()}
    return render(request, "dashboard/error.html", context, status=status)


def _route(request: HttpRequest) -> str | None:
    return request.resolver_match.url_name if request.resolver_match else None


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the response for a form from another site or with an expired token."""
    text = "The form was not sent from this dashboard, or the page is too old. Load it again."
    error = engine.Forbidden(text)
    return _toast(request, error) if is_fragment(request) else page(request, error)


def is_fragment(request: HttpRequest) -> bool:
    """Return whether htmx requests a part of a page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted


def _toast(request: HttpRequest, error: engine.Error) -> HttpResponse:
    context = {"text": error.message, "kind": "error"}
    reply = render(request, "dashboard/parts/toast.html", context, status=status_of(error))
    reply.headers["HX-Retarget"] = "#toasts"
    reply.headers["HX-Reswap"] = "beforeend"
    reply.headers["HX-Push-Url"] = "false"
    return reply


def _sign_in_required(request: HttpRequest) -> HttpResponse:
    htmx = getattr(request, "htmx", None)
    if htmx and (request.method != "GET" or not htmx.boosted):
        reply = render(request, "dashboard/parts/sign_in_dialog.html", {"form": sign_in_again_form()}, status=401)
        reply.headers["HX-Retarget"] = "#dialogs"
        reply.headers["HX-Reswap"] = "innerHTML"
        reply.headers["HX-Push-Url"] = "false"
        return reply
    address = reverse("dashboard:login")
    if request.method == "GET" and request.path != reverse("dashboard:home"):
        address += "?" + urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(address)
