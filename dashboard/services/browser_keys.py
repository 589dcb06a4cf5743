"""Browser keys of a database: create, edit, rotate and revoke."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import accounts.services
import catalog.services
import engine
from accounts.principal import PersonPrincipal
from accounts.services.managing.rotation import rotate_key
from dashboard.console.snippets import browser_page
from dashboard.layout.base import BAD_REQUEST, SettingsPage
from dashboard.services.browser_key_forms import NAMES, BrowserKeyForm, NewBrowserKeyForm, initial, verbs

_ROTATION_OVERLAP = timedelta(hours=24)


class BrowserKeyPage(SettingsPage):
    """A page about browser keys, for owners. `owner` acts in the team of the database."""

    page = "browser-keys"
    owner: PersonPrincipal

    def open(self, database_id: str, *, collection: str | None = None) -> engine.Database:
        database = super().open(database_id, collection=collection)
        database.require(engine.Action.OWN)
        team = catalog.services.access.team_of(self.principal, database.id)
        self.owner = replace(self.principal, home_team=team)
        return database

    def keys(self) -> list[accounts.services.keys.Key]:
        """Return the browser keys that have access to this database."""
        return [
            key
            for key in accounts.services.keys.list_keys(self.owner)
            if key.web is not None and (key.databases is None or self.database.id in key.databases)
        ]

    def key(self, key_id: str) -> accounts.services.keys.Key:
        """Return one of these keys. Raises `NotFound`."""
        match = next((key for key in self.keys() if str(key.id) == key_id), None)
        if match is None:
            raise engine.NotFound("Browser key not found.")
        return match


class BrowserKeysPage(BrowserKeyPage):
    """A page that shows the list of keys."""

    def render_page(
        self,
        *,
        form: NewBrowserKeyForm | None = None,
        created: accounts.services.keys.Key | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """Render the list. `created` contains the text of a new key, which is shown only once."""
        database = self.database
        context: dict[str, Any] = {
            "keys": self.keys(),
            "form": form or NewBrowserKeyForm(),
            "is_invalid": form is not None,
            "created": created,
            "snippet": browser_page(
                url=settings.BASE_URL,
                database_id=database.id,
                collection=next(iter(database.specs), "my_collection"),
                key=(created.text if created else "") or "",
            ),
        }
        return self.show("browser_keys.html", context, status=status)


class BrowserKeysView(BrowserKeysPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.render_page()

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        form = NewBrowserKeyForm(request.POST)
        if form.is_valid():
            try:
                created = accounts.services.keys.create_key(
                    self.owner,
                    name=form.cleaned_data["name"],
                    databases=[self.database.id],
                    actions=form.cleaned_data["actions"],
                    expires_at=form.expiry(),
                    web=form.bounds(),
                )
            except (engine.Invalid, engine.TooLarge) as error:
                form.add_errors(error, names=NAMES)
            else:
                return self.render_page(created=created)
        return self.render_page(form=form, status=BAD_REQUEST)


class BrowserKeyView(BrowserKeyPage):
    """The form of one key."""

    def get(self, request: HttpRequest, database_id: str, key_id: str) -> HttpResponse:
        self.open(database_id)
        key = self.key(key_id)
        return self.render_page(key, BrowserKeyForm(initial=initial(key)))

    def post(self, request: HttpRequest, database_id: str, key_id: str) -> HttpResponse:
        self.open(database_id)
        key, form = self.key(key_id), BrowserKeyForm(request.POST)
        if not form.is_valid():
            return self.render_page(key, form, status=BAD_REQUEST)
        actions = form.cleaned_data["actions"]
        bounds = {**form.bounds(), "verbs": verbs(key, actions)}
        try:
            accounts.services.keys.change_browser_key(
                self.owner, key_id=key_id, name=form.cleaned_data["name"], actions=actions, web=bounds
            )
        except engine.Invalid as error:
            form.add_errors(error, names=NAMES)
            return self.render_page(key, form, status=BAD_REQUEST)
        return self.redirect(
            "browser-keys", database_id, message="Browser key saved. The change takes effect within two seconds."
        )

    def render_page(
        self, key: accounts.services.keys.Key, form: BrowserKeyForm, *, status: int = 200
    ) -> HttpResponse:
        reaches_others = key.databases is None or len(key.databases) > 1
        context = {"crumb": key.name, "key": key, "form": form, "reaches_others": reaches_others}
        return self.show("browser_key.html", context, status=status)


class RotateBrowserKeyView(BrowserKeysPage):
    """Give a key a new text. The previous one works for one more day."""

    def get(self, request: HttpRequest, database_id: str, key_id: str) -> HttpResponse:
        return self.redirect("browser-keys", database_id)

    def post(self, request: HttpRequest, database_id: str, key_id: str) -> HttpResponse:
        self.open(database_id)
        self.key(key_id)
        created = rotate_key(self.owner, key_id=key_id, overlap=_ROTATION_OVERLAP)
        return self.render_page(created=created)


class RevokeBrowserKeyView(BrowserKeyPage):
    def post(self, request: HttpRequest, database_id: str, key_id: str) -> HttpResponse:
        self.open(database_id)
        self.key(key_id)
        accounts.services.keys.revoke_key(self.owner, key_id=key_id)
        return self.redirect(
            "browser-keys", database_id, message="Browser key revoked. It stops working within two seconds."
        )
