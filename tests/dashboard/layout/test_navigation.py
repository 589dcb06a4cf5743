"""Links of the frame and tabs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory

import engine
from accounts.principal import ROLES, PersonPrincipal
from dashboard.layout import navigation
from dashboard.layout.navigation import NavigationLink

GENERAL, MAIL = "General", "Mail"


def database_for(role: str) -> engine.Database:
    store: Any = None
    specs = {name: engine.CollectionSpec(name, name) for name in ("films", "é b")}
    return engine.Database(store, "d1", "cinema", "p1", "u1", ROLES[role], specs)


def frame_of(route: str | None, *, verified: bool = True) -> dict[str, Any]:
    request: Any = RequestFactory().get("/dashboard/")
    request.resolver_match = SimpleNamespace(url_name=route) if route else None
    principal = PersonPrincipal(
        actor="u1",
        home_team=7,
        user_id=1,
        verified=verified,
        teams={7: "owner"},
        email="ann@example.com",
        session="s1",
    )
    return navigation.frame(request, principal)


@pytest.mark.parametrize(("route", "current"), [("keys", ["API keys"]), ("query", []), (None, [])])
def test_the_frame_marks_the_open_page(route: str | None, current: list[str]) -> None:
    links = frame_of(route)["links"]
    assert [(link.title, link.url) for link in links] == [
        ("Databases", "/dashboard/"),
        ("API keys", "/dashboard/keys"),
        ("Usage", "/dashboard/usage"),
        ("Team", "/dashboard/team"),
    ]
    assert [link.title for link in links if link.current] == current


@pytest.mark.parametrize("verified", [True, False])
@pytest.mark.parametrize("flag", [True, False])
def test_the_frame_names_the_user_and_the_team(settings: Any, verified: bool, flag: bool) -> None:
    settings.SHOWS_MAIL, settings.REQUIRE_VERIFIED_EMAIL = flag, not flag
    frame = frame_of("home", verified=verified)
    del frame["links"]
    assert frame == {
        **{"email": "ann@example.com", "unverified": not verified, "team": 7, "teams": []},
        **{"shows_mail": flag, "must_verify": not flag},
    }


def test_a_database_has_a_tab_for_each_page() -> None:
    tabs = navigation.database_tabs(database_for("viewer"), current="query")
    assert [tab.url.removeprefix("/dashboard/db/d1") for tab in tabs] == [
        *("", "/media", "/query", "/charts", "/import", "/api", "/activity", "/settings"),
    ]
    assert [tab for tab in tabs if tab.current] == [
        NavigationLink("Query", "query", "/dashboard/db/d1/query", current=True)
    ]


def test_a_collection_has_a_tab_for_each_page() -> None:
    tabs = navigation.collection_tabs(database_for("viewer"), "é b", current="indexes")
    address = "/dashboard/db/d1/c/%C3%A9%20b"
    assert tabs == [
        NavigationLink("Documents", "", address),
        NavigationLink("Schema", "", f"{address}/schema"),
        NavigationLink("Indexes", "", f"{address}/indexes", current=True),
        NavigationLink("History", "", f"{address}/history"),
    ]


@pytest.mark.parametrize(
    ("role", "titles"),
    [
        ("owner", [GENERAL, "Webhooks", "Functions", MAIL, "Browser keys", "Identity providers"]),
        ("admin", [GENERAL, "Webhooks", "Functions", MAIL]),
        ("editor", [GENERAL, MAIL]),
        ("viewer", [GENERAL, MAIL]),
    ],
)
def test_settings_pages_are_those_that_the_role_may_open(role: str, titles: list[str]) -> None:
    pages = navigation.settings_pages(database_for(role), current="mail")
    assert [page.title for page in pages] == titles
    assert [page.url for page in pages if page.current] == ["/dashboard/db/d1/mail"]


def test_collections_are_listed_with_their_first_page() -> None:
    assert navigation.siblings(database_for("viewer"), current="films") == [
        {"name": "films", "url": "/dashboard/db/d1/c/films", "current": True},
        {"name": "é b", "url": "/dashboard/db/d1/c/%C3%A9%20b", "current": False},
    ]
