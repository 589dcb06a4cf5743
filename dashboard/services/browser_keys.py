"""Browser keys of a database: public keys with allowed origins and paths; created, edited, rotated and revoked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import accounts.services
import catalog.services
import engine
from accounts.principal import Principal
from dashboard.console.snippets import browser_page
from dashboard.layout.base import FAULTY, SettingsPage
from dashboard.services.browser_key_forms import NAMES, BrowserKeyForm, NewBrowserKeyForm, initial, verbs

_OVERLAP = timedelta(hours=24)


class BrowserKeyPage(SettingsPage):
    """A page about browser keys, for owners; `owner` acts in the team of the database."""

    page = "browser-keys"
    owner: Principal

    def open(self, database_id: str, *, collection: str | None = None) -> engine.Database:
        database = super().open(database_id, collection=collection)
        database.require(engine.Action.OWN)
        team = catalog.services.team_of(self.principal, database.id)
        self.owner = replace(self.principal, home_team=team)
        return database

    def keys(self) -> list[accounts.services.Key]:
        """Return the browser keys that reach this database."""
        return [
            key
            for key in accounts.services.list_keys(self.owner)
            if key.web is not None and (key.databases is None or self.database.id in key.databases)
        ]

    def key(self, key_id: str) -> accounts.services.Key:
        found = next((key for key in self.keys() if str(key.id) == key_id), None)
        if found is None:
            raise engine.NotFound("Browser key not found.")
        return found


class BrowserKeys(BrowserKeyPage):
    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.shown()

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        form = NewBrowserKeyForm(request.POST)
        if form.is_valid():
            try:
                created = accounts.services.create_key(
                    self.owner,
                    name=form.cleaned_data["name"],
                    databases=[self.database.id],
                    actions=form.cleaned_data["actions"],
                    expires_at=form.expiry(),
                    web=form.bounds(),
                )
            except (engine.Invalid, engine.TooLarge) as problem:
                form.take(problem, names=NAMES)
            else:
                return self.shown(created=created)
        return self.shown(form=form, status=FAULTY)

    def shown(
        self,
        *,
        form: NewBrowserKeyForm | None = None,
        created: accounts.services.Key | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """Show the list; `created` has the text of a new key, which no other page shows."""
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


class BrowserKey(BrowserKeyPage):
    """The form of one key."""

    def get(self, request: HttpRequest, database_id: str, key_id: str) -> HttpResponse:
        self.open(database_id)
        key = self.key(key_id)
        return self.shown(key, BrowserKeyForm(initial=initial(key)))

    def post(self, request: HttpRequest, database_id: str, key_id: str) -> HttpResponse:
        self.open(database_id)
        key, form = self.key(key_id), BrowserKeyForm(request.POST)
        if not form.is_valid():
            return self.shown(key, form, status=FAULTY)
        actions = form.cleaned_data["actions"]
        bounds = {**form.bounds(), "verbs": verbs(key, actions)}
        try:
            accounts.services.change_browser_key(
                self.owner, key_id=key_id, name=form.cleaned_data["name"], actions=actions, web=bounds
            )
        except engine.Invalid as problem:
            form.take(problem, names=NAMES)
            return self.shown(key, form, status=FAULTY)
        return self.go(
            "browser-keys", database_id, say="Browser key saved. It works so everywhere within two seconds."
        )

    def shown(self, key: accounts.services.Key, form: BrowserKeyForm, *, status: int = 200) -> HttpResponse:
        others = key.databases is None or len(key.databases) > 1
        context = {"crumb": key.name, "key": key, "form": form, "reaches_others": others}
        return self.show("browser_key.html", context, status=status)


class Rotate(BrowserKeys):
    """A new key with the same bounds; the old one works for one more day."""

    def get(self, request: HttpRequest, database_id: str, key_id: str) -> HttpResponse:
        return self.go("browser-keys", database_id)

    def post(self, request: HttpRequest, database_id: str, key_id: str) -> HttpResponse:
        self.open(database_id)
        self.key(key_id)
        created = accounts.services.rotate_key(self.owner, key_id=key_id, overlap=_OVERLAP)
        return self.shown(created=created)


class Revoke(BrowserKeyPage):
    def post(self, request: HttpRequest, database_id: str, key_id: str) -> HttpResponse:
        self.open(database_id)
        self.key(key_id)
        accounts.services.revoke_key(self.owner, key_id=key_id)
        return self.go("browser-keys", database_id, say="Browser key revoked. It stops working within two seconds.")
