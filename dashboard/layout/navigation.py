"""Links of the frame, and tabs of databases, collections and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

import accounts.services
import engine
from accounts.principal import PersonPrincipal


@dataclass(frozen=True)
class NavigationLink:
    """A link of the navigation. `current` marks the open page."""

    title: str
    icon: str
    url: str
    current: bool = False


# Route name → title and icon.
LINKS: Mapping[str, tuple[str, str]] = {
    "home": ("Databases", "database"),
    "keys": ("API keys", "key"),
    "usage": ("Usage", "activity"),
    "team": ("Team", "people"),
}
DATABASE_TABS: Mapping[str, tuple[str, str]] = {
    "database": ("Collections", "table"),
    "media": ("Media", "image"),
    "query": ("Query", "query"),
    "charts": ("Charts", "chart"),
    "import": ("Import", "upload"),
    "api": ("API", "code"),
    "activity": ("Activity", "activity"),
    "settings": ("Settings", "settings"),
}
# Pages below `Settings`, with the actions that each needs.
SETTINGS_PAGES: Mapping[str, tuple[str, str, frozenset[engine.Action]]] = {
    "settings": ("General", "settings", frozenset()),
    "webhooks": ("Webhooks", "send", frozenset({engine.Action.DESIGN, engine.Action.READ})),
    "functions": ("Functions", "code", frozenset({engine.Action.DESIGN})),
    "mail": ("Mail", "mail", frozenset({engine.Action.READ})),
    "browser-keys": ("Browser keys", "key", frozenset({engine.Action.OWN})),
    "issuers": ("Identity providers", "people", frozenset({engine.Action.OWN, engine.Action.DESIGN})),
}
COLLECTION_TABS: Mapping[str, str] = {
    "documents": "Documents",
    "schema": "Schema",
    "indexes": "Indexes",
    "collection-history": "History",
}


def frame(request: HttpRequest, principal: PersonPrincipal) -> dict[str, Any]:
    """Return the context of the frame around every page."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    return {
        "links": [
            NavigationLink(title, icon, reverse(f"dashboard:{route}"), current=route == name)
            for route, (title, icon) in LINKS.items()
        ],
        "email": principal.email,
        "unverified": not principal.verified,
        "shows_mail": settings.SHOWS_MAIL,
        "must_verify": settings.REQUIRE_VERIFIED_EMAIL,
        "teams": accounts.services.teams.list_teams(principal) if len(principal.teams) > 1 else [],
        "team": principal.home_team,
    }


def database_tabs(database: engine.Database, *, current: str) -> list[NavigationLink]:
    return [
        NavigationLink(title, icon, reverse(f"dashboard:{route}", args=[database.id]), current=route == current)
        for route, (title, icon) in DATABASE_TABS.items()
    ]


def collection_tabs(database: engine.Database, name: str, *, current: str) -> list[NavigationLink]:
    return [
        NavigationLink(title, "", reverse(f"dashboard:{route}", args=[database.id, name]), current=route == current)
        for route, title in COLLECTION_TABS.items()
    ]


def settings_pages(database: engine.Database, *, current: str) -> list[NavigationLink]:
    """Return the settings pages that the user may open."""
    return [
        NavigationLink(title, icon, reverse(f"dashboard:{route}", args=[database.id]), current=route == current)
        for route, (title, icon, actions) in SETTINGS_PAGES.items()
        if actions <= database.allowed
    ]


def first_page(database: engine.Database, name: str) -> str:
    """Return the address of the first page of a collection."""
    return reverse(f"dashboard:{next(iter(COLLECTION_TABS))}", args=[database.id, name])


def siblings(database: engine.Database, *, current: str) -> list[dict[str, Any]]:
    """Return the collections of a database, each with its first page."""
    return [
        {"name": name, "url": first_page(database, name), "current": name == current} for name in database.specs
    ]
