"""Base classes of all pages: authentication, error handling and the frame."""

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
from accounts.principal import PersonPrincipal
from accounts.views import limits
from dashboard.layout import errors, navigation, people, sessions
from web import throttling
from web.errors import MethodNotAllowed
from web.requests.addresses import check_encoding, form_of
from web.views import allowed_methods

SURFACE = "dashboard"
# Status of a form with errors. htmx shows such a response like any page.
BAD_REQUEST = 400


_FORM = "application/x-www-form-urlencoded"


@method_decorator(csrf_protect, name="dispatch")
class DashboardPage(View):
    """A page or a fragment. `public` pages need no session."""

    public = False
    principal: PersonPrincipal

    def dispatch(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        try:
            check_encoding(request.META)
            if request.content_type == _FORM:
                form_of(request.body)
            if not self.public:
                self.principal = request.principal = sessions.principal(request)  # type: ignore[attr-defined]  # not one of Django
            return super().dispatch(request, *arguments, **options)
        except Exception as error:  # noqa: BLE001 - the one HTTP handler
            return errors.response(request, error)

    def http_method_not_allowed(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        raise MethodNotAllowed(request.method or "", allowed=allowed_methods(self))

    def count_password_try(self) -> None:
        """Count a password confirmation, so that a borrowed browser cannot guess the password."""
        window, limit = settings.SIGN_IN_WINDOW_SECONDS, settings.SIGN_IN_LIMIT_ACCOUNT
        throttling.consume("password:account", self.principal.email, limit=limit, window=window)

    def show(self, template: str, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        """Render a template in the frame. Public pages have no frame."""
        frame = {} if self.public else {"frame": navigation.frame(self.request, self.principal)}
        return render(self.request, f"dashboard/{template}", {**frame, **(context or {})}, status=status)

    def part(self, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """Render a fragment for htmx."""
        return render(self.request, f"dashboard/{template}", context, status=status)

    def redirect(self, route: str, *arguments: Any, message: str = "") -> HttpResponse:
        """Redirect to a route of the dashboard and show a message there, if any."""
        if message:
            messages.success(self.request, message)
        return HttpResponseRedirect(reverse(f"dashboard:{route}", args=arguments))


class DatabasePage(DashboardPage):
    """A page of one database. `tab` is the current tab."""

    tab = "database"
    database: engine.Database

    def open(self, database_id: str, *, collection: str | None = None) -> engine.Database:
        """Return the database handle. Raises `NotFound` both for a missing database and without access to it.

        Bypasses the cache: a page shows what another process has just created.
        """
        self.database = catalog.services.access.open_database(
            self.principal, database_id, collection=collection, surface=SURFACE, refresh=True
        )
        return self.database

    def people(self, stamps: Iterable[Mapping[str, Any]]) -> dict[str, str]:
        """Return the names of the actors in the system fields of documents or versions."""
        actors = {stamp[part] for stamp in stamps for part in ("updated_by", "superseded_by") if part in stamp}
        return people.names(self.database, actors) | {self.database.actor: "you"}

    def show(self, template: str, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        defaults = {"database": self.database, "tabs": navigation.database_tabs(self.database, current=self.tab)}
        return super().show(template, {**defaults, **(context or {})}, status=status)


class SettingsPage(DatabasePage):
    """A page below the settings of a database. `page` is its route in `navigation.SETTINGS_PAGES`."""

    tab = "settings"
    page = "settings"

    def show(self, template: str, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        defaults = {
            "crumb": navigation.SETTINGS_PAGES[self.page][0],
            "settings_pages": navigation.settings_pages(self.database, current=self.page),
        }
        return super().show(template, {**defaults, **(context or {})}, status=status)


class CollectionPage(DatabasePage):
    """A page of one collection. `page` is the current tab of the collection."""

    page = ""
    collection: engine.Collection

    def open_collection(self, database_id: str, name: str) -> engine.Collection:
        """Return the collection handle. Raises `NotFound`."""
        self.collection = self.open(database_id, collection=name).collection(name)
        return self.collection

    def show(self, template: str, context: dict[str, Any] | None = None, *, status: int = 200) -> HttpResponse:
        name = self.collection.spec.name
        defaults = {
            "crumb": name,
            "collection": self.collection,
            "collections": navigation.siblings(self.database, current=name),
            "collection_tabs": navigation.collection_tabs(self.database, name, current=self.page),
        }
        return super().show(template, {**defaults, **(context or {})}, status=status)


class SignInPage(DashboardPage):
    """A page for visitors without a session. Submissions are counted by address and by account."""

    public = True
    limited: str

    def post(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        # The API routes share these counters, so that both together have one limit.
        limits.count_address(self.limited, request)
        return self.submitted(request, *arguments, **options)

    def submitted(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        raise NotImplementedError

    def count_account(self, email: str) -> None:
        """Count a submission for an account, whether it exists or not. Raises `LimitExceeded`."""
        limits.count_account(self.limited, self.request, email)
