"""HTML pages of this dialect, and links that change something: GET asks on a page, POST makes the change.

The pages have no cookies. A form carries the credentials of its change, so that other sites cannot use those of a
visitor; browsers say where a form comes from, and those of other sites are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

import engine
from accounts.principal import AccountPrincipal, Principal, VisitorPrincipal
from accounts.services.bearer import session_tokens
from accounts.services.names import usernames
from accounts.views import limits
from dialects.airsequel import credentials, render
from dialects.airsequel.views import AirsequelView, account_of
from web.errors import status_of
from web.requests.addresses import form_of
from web.views import error_headers, error_of, json_response

_FORM = "application/x-www-form-urlencoded"
_FOREIGN_FORM = "This form was sent by another site. Open its page here, and send it again."
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class FormField:
    """An input of a page's form."""

    name: str
    label: str
    type: str = "text"
    autocomplete: str = "off"
    required: bool = False


@dataclass(frozen=True)
class FormPage:
    """A page. Without a `button` it has no form; `error` says why the last one was refused."""

    title: str
    text: tuple[str, ...] = ()
    button: str = ""
    fields: tuple[FormField, ...] = ()
    error: str = ""


CREDENTIALS = (
    FormField("username", "Username or e-mail address", autocomplete="username"),
    FormField("password", "Password", type="password", autocomplete="current-password"),
    FormField("token", "or: API token", type="password"),
)


def page_response(page: FormPage, *, status: int = 200) -> HttpResponse:
    """Render a page that loads nothing but its style sheet, and whose address other sites do not learn."""
    text = render_to_string("airsequel/page.html", {"page": page})
    return HttpResponse(text, status=status, headers=_HEADERS)


def error_page(page: FormPage, exception: Exception) -> HttpResponse:
    """Return a page again, with the errors of its form."""
    error = error_of(exception)
    messages = [item["message"] for item in render.envelope(error)["errors"]]
    response = page_response(replace(page, error=" ".join(messages)), status=status_of(error))
    for name, value in error_headers(error).items():
        response.headers[name] = value
    return response


def is_form(request: HttpRequest) -> bool:
    """Return whether a request is the form of a page."""
    return request.method == "POST" and request.content_type == _FORM


def fields_of(request: HttpRequest) -> dict[str, str]:
    """Return the fields of a page's form. Raises `Forbidden` for a form of another site, and `TooLarge`."""
    _check_own_site(request)
    if len(request.body) > settings.MAX_ACCOUNT_BODY_BYTES:
        raise engine.TooLarge("The form is too large.")
    return {name: str(values[-1]) for name, values in form_of(request.body).lists()}


def _check_own_site(request: HttpRequest) -> None:
    """Refuse what a browser sends for another site; programs send neither header."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "null")
    own_host = request.META.get("HTTP_HOST", "")
    is_own = site in ("same-origin", "none") if site else origin.partition("://")[2] in ("", own_host)
    if not is_own:
        raise engine.Forbidden(_FOREIGN_FORM)


class ConfirmedView(AirsequelView):
    """A link that changes something. GET shows a page, the same for everyone; POST makes the change.

    A program sends POST with the header `Authorization`, a person the page's form with their credentials.
    """

    http_method_names = ("get", "post", "options")
    page: ClassVar[FormPage]
    done: ClassVar[FormPage]

    def change(self, request: HttpRequest, **names: str) -> Mapping[str, Any]:
        """Make the change, and return the JSON object of a program's answer; `names` are those of the address."""
        raise NotImplementedError

    def authenticate(self, request: HttpRequest) -> Principal:
        if request.method in ("GET", "HEAD"):
            return VisitorPrincipal()
        principal = credentials.principal_of(request.META)
        if principal is not None or not is_form(request):
            return principal or VisitorPrincipal()
        return _principal_of_form(request)

    def get(self, request: HttpRequest, **names: str) -> HttpResponse:
        return page_response(self.page)

    def post(self, request: HttpRequest, **names: str) -> HttpResponse:
        account_of(request)
        body = self.change(request, **names)
        if not is_form(request):
            return json_response(body)
        lines = tuple(f"{name}: {value}" for name, value in body.items())
        return page_response(replace(self.done, text=(*self.done.text, *lines)))

    def failure(self, exception: Exception) -> HttpResponse:
        return error_page(self.page, exception) if is_form(self.request) else super().failure(exception)


def _principal_of_form(request: HttpRequest) -> AccountPrincipal:
    """Return who signs a form. Raises `Unauthenticated`, and `LimitExceeded` as signing in does."""
    fields = fields_of(request)
    if fields.get("token"):
        return credentials.principal_of_text(fields["token"].strip())
    login = fields.get("username", "")
    limits.count_address("login", request)
    limits.count_account("login", request, usernames.account_of(login))
    return session_tokens.authenticate(login, password=fields.get("password", ""))
