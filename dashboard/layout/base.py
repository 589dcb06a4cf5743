"""The base of every page: who asks, one place where errors are caught, and the frame around what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_protect

import catalog.services
import engine
from accounts.principal import Principal
from dashboard.layout import errors, navigation, people, sessions
from web import throttling
from web.addresses import check_encoding, form_of
from web.errors import MethodNotAllowed

SURFACE = "dashboard"
# What a form with faults is answered with: htmx shows it like any page.
FAULTY = 400


_FORM = "application/x-www-form-urlencoded"


@method_decorator(csrf_protect, name="dispatch")
class Page(View):
    """A page, or a part of one; `public` ones are for everybody."""

    public = False
    principal: Principal

    def dispatch(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        try:
            check_encoding(request.META)
            if request.content_type == _FORM:
                form_of(request.body)
            if not self.public:
                self.principal = request.principal = sessions.principal(request)  # type: ignore[attr-defined]
            return super().dispatch(request, *arguments, **named)
        except Exception as problem:  # noqa: BLE001 - the one HTTP handler
            return errors.response(request, problem)

    def http_method_not_allowed(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        raise MethodNotAllowed(request.method or "", allowed=self._allowed_methods())

    def count_password_try(self) -> None:
        """For forms that ask who is logged in for the password: whoever borrowed the browser must not guess it."""
        window, limit = settings.SIGN_IN_WINDOW_SECONDS, settings.SIGN_IN_LIMIT_ACCOUNT
        throttling.consume("password:account", self.principal.email, limit=limit, window=window)

    def show(self, template: str, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        """The template in the frame; what is public has none."""
        frame = {} if self.public else {"frame": navigation.frame(self.request, self.principal)}
        return render(self.request, f"dashboard/{template}", {**frame, **(context or {})}, status=status)

    def part(self, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """A template without the frame, for htmx."""
        return render(self.request, f"dashboard/{template}", context, status=status)

    def go(self, route: str, *arguments: Any, say: str = "") -> HttpResponse:
        """On to another page, with a message where there is something to say."""
        if say:
            messages.success(self.request, say)
        return HttpResponseRedirect(reverse(f"dashboard:{route}", args=arguments))


class DatabasePage(Page):
    """A page of one database: its handle, and its tabs, of which `tab` is the current one."""

    tab = "database"
    database: engine.Database

    def open(self, database_id: str, *, collection: str | None = None) -> engine.Database:
        """The handle; `NotFound` alike for what is missing and what is somebody else's."""
        self.database = catalog.services.open_database(
            self.principal, database_id, collection=collection, surface=SURFACE
        )
        return self.database

    def people(self, stamps: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Whom the system fields of documents or states name, in words."""
        actors = {stamp[part] for stamp in stamps for part in ("updated_by", "superseded_by") if part in stamp}
        return people.names(self.database, actors) | {self.database.actor: "you"}

    def show(self, template: str, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        own = {"database": self.database, "tabs": navigation.database_tabs(self.database, current=self.tab)}
        return super().show(template, {**own, **(context or {})}, status=status)


class SettingsPage(DatabasePage):
    """A page below the settings of a database; `page` is its route in `navigation.SETTINGS_PAGES`."""

    tab = "settings"
    page = "settings"

    def show(self, template: str, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        own = {
            "crumb": navigation.SETTINGS_PAGES[self.page][0],
            "settings_pages": navigation.settings_pages(self.database, current=self.page),
        }
        return super().show(template, {**own, **(context or {})}, status=status)


class CollectionPage(DatabasePage):
    """A page of one collection: its handle too, and the pages of the collection, of which `page` is current."""

    page = ""
    collection: engine.Collection

    def open_collection(self, database_id: str, name: str) -> engine.Collection:
        self.collection = self.open(database_id, collection=name).collection(name)
        return self.collection

    def show(self, template: str, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        name = self.collection.spec.name
        own = {
            "crumb": name,
            "collection": self.collection,
            "collections": navigation.siblings(self.database, current=name),
            "collection_tabs": navigation.collection_tabs(self.database, name, current=self.page),
        }
        return super().show(template, {**own, **(context or {})}, status=status)


class SignInPage(Page):
    """For callers who are nobody yet; counted by address and, where it is known, by account."""

    public = True
    limited: str

    def post(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        self._count("address", throttling.client_address(request), limit=settings.SIGN_IN_LIMIT_ADDRESS)
        return self.submitted(request, *arguments, **named)

    def submitted(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        raise NotImplementedError

    def count_account(self, email: str) -> None:
        """Raises `LimitExceeded`, whether or not there is such an account."""
        self._count("account", email.strip().lower(), limit=settings.SIGN_IN_LIMIT_ACCOUNT)

    def _count(self, kind: str, subject: str, *, limit: int) -> None:
        # The counters of the API's own routes, so that nobody gets twice the tries.
        throttling.consume(f"{self.limited}:{kind}", subject, limit=limit, window=settings.SIGN_IN_WINDOW_SECONDS)
