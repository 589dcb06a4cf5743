"""Who a request counts for: a tenant once its credential was good, else an address."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.principal import (
    ApiKeyPrincipal,
    BrowserKeyPrincipal,
    BrowserKeyScope,
    Principal,
    Scope,
    VisitorPrincipal,
)
from datacube.serving.admission import Caller
from datacube.serving.tenants import TEAM, Tenants, note_team

ADDRESS = Caller("192.0.2.7")


def scope(*headers: tuple[str, str], query: str = "", client: str = "192.0.2.7") -> dict[str, Any]:
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    return {"headers": pairs, "query_string": query.encode(), "client": (client, 1234), "path": "/api/crud"}


KEY = ("authorization", "Api-Key dc_12345678_secret_sum")


@pytest.mark.parametrize(
    "sent",
    [
        scope(KEY),
        scope(("x-apikey", "dc_1")),
        scope(("cookie", "datacube_session=x")),
        scope(query="q=%7B%7D&apikey=dc_1"),
        scope(query="rt-apikey=dc_1"),
    ],
    ids=["header", "x-apikey", "cookie", "apikey", "rt-apikey"],
)
def test_a_credential_counts_for_its_team_once_it_was_good(sent: dict[str, Any]) -> None:
    tenants = Tenants()
    caller, unknown = tenants.caller_of(sent)
    assert (caller, bool(unknown)) == (ADDRESS, True)
    tenants.learn(unknown, 3)
    assert tenants.caller_of(sent) == (Caller("team 3", is_verified=True), b"")
    assert tenants.caller_of(sent | {"client": ("198.51.100.9", 1)})[0].name == "team 3"


@pytest.mark.parametrize(
    "invented",
    [
        scope(("authorization", KEY[1][:-1] + "x")),
        scope(KEY, ("x-apikey", "dc_other")),
        scope(KEY, query="apikey=dc_other"),
        scope(),
    ],
    ids=["one letter", "with another key", "with a key in the query", "none"],
)
def test_what_is_invented_counts_for_its_address(invented: dict[str, Any]) -> None:
    tenants = Tenants()
    tenants.learn(tenants.caller_of(scope(KEY))[1], 3)
    assert tenants.caller_of(invented)[0] == ADDRESS


def test_the_address_is_the_one_that_the_proxies_saw(settings: Any) -> None:
    forwarded = scope(("x-forwarded-for", "203.0.113.1, 198.51.100.2"))
    assert Tenants().caller_of(forwarded)[0] == ADDRESS
    settings.TRUSTED_PROXIES = 1
    assert Tenants().caller_of(forwarded)[0] == Caller("198.51.100.2")
    assert Tenants().caller_of(scope(client="2001:db8::1"))[0] == Caller("2001:db8::/64")


MEMBERS: Mapping[str, Any] = {
    "actor": "k1",
    "user_id": 1,
    "verified": True,
    "teams": {3: "owner"},
    "home_team": 3,
    "scope": Scope(frozenset()),
}


@pytest.mark.parametrize(
    ("who", "team"),
    [
        (None, None),
        (VisitorPrincipal(), None),
        (ApiKeyPrincipal(**MEMBERS), 3),
        (BrowserKeyPrincipal(**MEMBERS, browser_scope=BrowserKeyScope()), None),
    ],
    ids=["nobody", "visitor", "known", "browser key"],
)
def test_only_who_is_known_by_a_secret_is_noted(who: Principal | None, team: int | None) -> None:
    request: Any = SimpleNamespace(META={}, **({"principal": who} if who else {}))
    note_team(request, None, 1.0)  # type: ignore[arg-type]
    assert request.META.get(TEAM) == team
