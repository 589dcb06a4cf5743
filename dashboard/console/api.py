"""API access to a database: address, a new key, code snippets and a test request."""

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
from accounts.principal import ROLES, PersonPrincipal
from dashboard.console import snippets
from dashboard.documents import samples
from dashboard.layout.base import DatabasePage

_KEY_LIFETIME = timedelta(days=30)


class ApiView(DatabasePage):
    tab = "api"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        self.open(database_id)
        return self.render_page()

    def post(self, request: HttpRequest, database_id: str) -> HttpResponse:
        """Create a key for this database."""
        database = self.open(database_id)
        key = accounts.services.keys.create_key(
            self._in_team_of_database(),
            name=f"{database.name}, tried out"[:100],
            databases=[database.id],
            expires_at=timezone.now() + _KEY_LIFETIME,
        )
        return self.render_page(key=key.text or "")

    def _in_team_of_database(self) -> PersonPrincipal:
        """Return the principal with the team of the database as home team, because keys belong to a team."""
        return replace(self.principal, home_team=catalog.services.access.team_of(self.principal, self.database.id))

    def _sample(self, collection: str) -> dict[str, Any]:
        """Return a document that fits the schema of the collection."""
        spec = self.database.specs.get(collection)
        return (spec and samples.document(spec.schema)) or {"hello": "world"}

    def render_page(self, *, key: str = "") -> HttpResponse:
        database = self.database
        requested = self.request.GET.get("collection", "")
        collection = requested if requested in database.specs else next(iter(database.specs), "")
        examples = snippets.for_database(
            url=settings.BASE_URL,
            database_id=database.id,
            collection=collection,
            key=key or snippets.PLACEHOLDER,
            sample=self._sample(collection),
        )
        connectors = snippets.connectors(
            url=settings.BASE_URL,
            database_id=database.id,
            collection=collection,
            key=key or snippets.PLACEHOLDER,
        )
        principal = self._in_team_of_database()
        context = {
            "url": settings.BASE_URL,
            "names": list(database.specs),
            "chosen": collection,
            "find": [item for item in examples if item["kind"] == "find"],
            "insert": [item for item in examples if item["kind"] == "insert"],
            "connectors": connectors,
            "key": key,
            "may_make_key": engine.Action.OWN in ROLES[principal.teams[principal.home_team]],
        }
        return self.show("api.html", context)
