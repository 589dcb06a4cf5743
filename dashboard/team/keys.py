"""API keys of the chosen team: list, create, rotate and revoke."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

import accounts.services
import catalog.services
import engine
from accounts.principal import ROLES
from accounts.services.managing.changes import change_key
from accounts.services.managing.rotation import rotate_key
from dashboard.layout import sessions
from dashboard.layout.base import BAD_REQUEST, DashboardPage
from dashboard.team import permission_text
from dashboard.team.key_forms import KeyLimitsForm, NewKeyForm

_ROTATION_OVERLAP = timedelta(hours=24)
_MAX_DATABASES = 1_000


class ApiKeysPage(DashboardPage):
    """A page that shows the list of keys."""

    def render_page(
        self,
        *,
        form: NewKeyForm | None = None,
        created: accounts.services.keys.Key | None = None,
        limits: Mapping[str, KeyLimitsForm] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """Render the page. `created` contains the text of a new key, which is shown only once and never stored.

        `limits` are invalid forms by the id of their key.
        """
        databases = self.databases()
        names = dict(databases)
        may_manage = engine.Action.OWN in ROLES[self.principal.teams[self.principal.home_team]]
        keys = accounts.services.keys.list_keys(self.principal) if may_manage else []
        context: dict[str, Any] = {
            "may_manage": may_manage,
            "keys": [
                (
                    key,
                    permission_text.describe(key, names),
                    permission_text.restrictions(key),
                    (limits or {}).get(str(key.id)) or KeyLimitsForm.of_key(key),
                )
                for key in keys
            ],
            "form": form or NewKeyForm(databases=databases),
            "is_invalid": form is not None,
            "created": created,
        }
        return self.show("keys.html", context, status=status)

    def databases(self) -> list[tuple[str, str]]:
        items, _ = catalog.services.queries.list_databases(
            sessions.own_team_only(self.principal), page=1, page_size=_MAX_DATABASES, search=""
        )
        return [(item["id"], item["name"]) for item in items]


class ApiKeysView(ApiKeysPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.render_page()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewKeyForm(request.POST, databases=self.databases())
        if form.is_valid():
            try:
                return self.render_page(
                    created=accounts.services.keys.create_key(self.principal, **form.arguments())
                )
            except (engine.Invalid, engine.TooLarge) as error:
                form.add_errors(error, names={"expires_at": "expires"})
        return self.render_page(form=form, status=BAD_REQUEST)


class KeyLimitsView(ApiKeysPage):
    """Set the networks, the rate and the daily quota of a key."""

    def get(self, request: HttpRequest, key_id: str) -> HttpResponse:
        return self.redirect("keys")

    def post(self, request: HttpRequest, key_id: str) -> HttpResponse:
        form = KeyLimitsForm(request.POST, auto_id=f"id_%s_{key_id}")
        if form.is_valid():
            try:
                key = change_key(self.principal, key_id=key_id, changes=form.changes())
            except engine.Invalid as error:
                form.add_errors(error, names={item.field: item.field.partition(".")[0] for item in error.errors})
            else:
                return self.redirect("keys", message=f"The limits of {key.name} apply within two seconds.")
        return self.render_page(limits={key_id: form}, status=BAD_REQUEST)


class RotateKeyView(ApiKeysPage):
    """Give a key a new text; the previous one works for one more day, or ends at once."""

    def get(self, request: HttpRequest, key_id: str) -> HttpResponse:
        return self.redirect("keys")

    def post(self, request: HttpRequest, key_id: str) -> HttpResponse:
        overlap = timedelta() if request.POST.get("overlap") == "0" else _ROTATION_OVERLAP
        return self.render_page(created=rotate_key(self.principal, key_id=key_id, overlap=overlap))


class RevokeKeyView(DashboardPage):
    def post(self, request: HttpRequest, key_id: str) -> HttpResponse:
        accounts.services.keys.revoke_key(self.principal, key_id=key_id)
        return self.redirect("keys", message="The key is revoked. It stops working everywhere within two seconds.")
