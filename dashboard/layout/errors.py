"""Every failure in the dashboard's own look: a page, a toast for a fragment, or the dialog to log in again."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

import engine
from dashboard.layout.sign_in_forms import login_again
from web.errors import status_of
from web.middleware import request_id
from web.views import error_of

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
    503: ("Service unavailable", "Nothing was lost. Try again in a moment."),
}
# The links of mails, and of the start.
_LINKS = ("first", "join", "reset", "verify")
_NOT_FOUND = "Not found or access denied"


def response(request: HttpRequest, problem: Exception) -> HttpResponse:
    """What to answer when a view raised."""
    error = error_of(problem)
    if isinstance(error, engine.Unauthenticated):
        return _log_in_first(request)
    answer = _toast(request, error) if _is_fragment(request) else page(request, error)
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def page(request: HttpRequest, error: engine.Error) -> HttpResponse:
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
    """A form that was not sent from our own page, or from one that is too old."""
    text = "The form was not sent from this dashboard, or the page is too old. Load it again."
    error = engine.Forbidden(text)
    return _toast(request, error) if _is_fragment(request) else page(request, error)


def _is_fragment(request: HttpRequest) -> bool:
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted


def _toast(request: HttpRequest, error: engine.Error) -> HttpResponse:
    context = {"text": error.message, "kind": "error"}
    answer = render(request, "dashboard/parts/toast.html", context, status=status_of(error))
    answer.headers["HX-Retarget"] = "#toasts"
    answer.headers["HX-Reswap"] = "beforeend"
    answer.headers["HX-Push-Url"] = "false"
    return answer


def _log_in_first(request: HttpRequest) -> HttpResponse:
    htmx = getattr(request, "htmx", None)
    if htmx and (request.method != "GET" or not htmx.boosted):
        answer = render(request, "dashboard/parts/login_dialog.html", {"form": login_again()}, status=401)
        answer.headers["HX-Retarget"] = "#dialogs"
        answer.headers["HX-Reswap"] = "innerHTML"
        answer.headers["HX-Push-Url"] = "false"
        return answer
    address = reverse("dashboard:login")
    if request.method == "GET" and request.path != reverse("dashboard:home"):
        address += "?" + urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(address)
