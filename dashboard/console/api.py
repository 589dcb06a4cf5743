"""How programs reach a database: its address, a key made on the spot, snippets, and a request that is run here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

import accounts.services
import catalog.services
import engine
from accounts.principal import ROLES, Principal
from dashboard.console import snippets
from dashboard.documents import samples
from dashboard.layout.base import DatabasePage

_A_MONTH = timedelta(days=30)


class Api(DatabasePage):
    tab = "api"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.shown()

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        """A key for this database alone."""
        database = self.open(database_id)
        key = accounts.services.create_key(
            self._in_its_team(),
            name=f"{database.name}, tried out"[:100],
            databases=[database.id],
            expires_at=timezone.now() + _A_MONTH,
        )
        return self.shown(key=key.text or "")

    def _in_its_team(self) -> Principal:
        """Keys belong to a team, and this one to the database's, whichever is chosen."""
        return replace(self.principal, home_team=catalog.services.team_of(self.principal, self.database.id))

    def _sample(self, collection: str) -> dict[str, Any]:
        """A document that fits the schema of the collection."""
        spec = self.database.specs.get(collection)
        return (spec and samples.document(spec.schema)) or {"hello": "world"}

    def shown(self, *, key: str = "") -> HttpResponse:
        database = self.database
        wanted = self.request.GET.get("collection", "")
        collection = wanted if wanted in database.specs else next(iter(database.specs), "")
        found = snippets.for_database(
            url=settings.BASE_URL,
            database_id=database.id,
            collection=collection,
            key=key or snippets.PLACEHOLDER,
            sample=self._sample(collection),
        )
        who = self._in_its_team()
        context = {
            "url": settings.BASE_URL,
            "names": list(database.specs),
            "chosen": collection,
            "find": [item for item in found if item["kind"] == "find"],
            "insert": [item for item in found if item["kind"] == "insert"],
            "key": key,
            "may_make_key": engine.Action.OWN in ROLES[who.teams[who.home_team]],
        }
        return self.show("api.html", context)
