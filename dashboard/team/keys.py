"""API keys of the chosen team: what each allows, new ones that are shown once, rotation and revocation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

import accounts.services
import catalog.services
import engine
from accounts.principal import ROLES
from dashboard.layout import sessions
from dashboard.layout.base import FAULTY, Page
from dashboard.team import permission_text
from dashboard.team.key_forms import NewKeyForm

_OVERLAP = timedelta(hours=24)
_MOST_DATABASES = 1_000


class Keys(Page):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewKeyForm(request.POST, databases=self.databases())
        if form.is_valid():
            try:
                return self.shown(made=accounts.services.create_key(self.principal, **form.wanted()))
            except (engine.Invalid, engine.TooLarge) as problem:
                form.take(problem, names={"expires_at": "expires"})
        return self.shown(form=form, status=FAULTY)

    def shown(
        self, *, form: NewKeyForm | None = None, made: accounts.services.Key | None = None, status: int = 200
    ) -> HttpResponse:
        """`made` has the text of a new key, which this page shows and nothing keeps."""
        databases = self.databases()
        names = dict(databases)
        may_manage = engine.Action.OWN in ROLES[self.principal.teams[self.principal.home_team]]
        keys = accounts.services.list_keys(self.principal) if may_manage else []
        context: dict[str, Any] = {
            "may_manage": may_manage,
            "keys": [(key, permission_text.in_words(key, names)) for key in keys],
            "form": form or NewKeyForm(databases=databases),
            "asks": form is not None,
            "made": made,
        }
        return self.show("keys.html", context, status=status)

    def databases(self) -> list[tuple[str, str]]:
        found, _ = catalog.services.list_databases(
            sessions.own_team_only(self.principal), page=1, page_size=_MOST_DATABASES, search=""
        )
        return [(item["id"], item["name"]) for item in found]


class Rotate(Keys):
    """A second key beside the first, which works on for a day: time to change the programs."""

    def get(self, request: HttpRequest, key_id: str) -> HttpResponse:
        return self.go("keys")

    def post(self, request: HttpRequest, key_id: str) -> HttpResponse:
        return self.shown(made=accounts.services.rotate_key(self.principal, key_id=key_id, overlap=_OVERLAP))


class Revoke(Page):
    def post(self, request: HttpRequest, key_id: str) -> HttpResponse:
        accounts.services.revoke_key(self.principal, key_id=key_id)
        return self.go("keys", say="The key is revoked. It stops working everywhere within two seconds.")
