"""Browser keys in the dashboard: created, restricted, edited, rotated and revoked."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

import accounts.services
import catalog.services
import engine
from accounts.models import ApiKey
from accounts.services import principals
from tests.dashboard.conftest import Browser, text_of

KEY = re.compile(r"dc_\w{8}_\w{32}_\w{6}")
SHOP = "https://shop.example.com"
NEW = {
    "name": "shop",
    "origins": SHOP,
    "paths": "/films/**",
    "actions": ["read", "insert"],
    "realtime": "POST:films",
}


@pytest.fixture
def base(films: engine.Database) -> str:
    return f"db/{films.id}/browser-keys"


def created(browser: Browser, base: str, **change: Any) -> str:
    return KEY.search(browser.post(base, NEW | change).content.decode())[0]


def request_status(
    browser: Browser, films: engine.Database, key: str, *, origin: str = SHOP, verb: str = "GET"
) -> int:
    principals.invalidate_all()
    path, headers = f"/db/{films.id}/rest/films", {"x-apikey": key, "Origin": origin}
    return browser.client.generic(verb, path, b'{"title": "x"}', "application/json", headers=headers).status_code


def stored() -> list[Any]:
    return list(
        ApiKey.objects.order_by("pk").values("name", "actions", "web", "databases", "revoked_at", "expires_at")
    )


def test_a_key_is_shown_once_and_keeps_its_restrictions(anna: Browser, films: engine.Database, base: str) -> None:
    assert "No browser keys yet" in text_of(anna.get(base))
    answer = anna.post(base, NEW)
    key = KEY.search(answer.content.decode())[0]
    assert f'"x-apikey": "{key}"' in html.unescape(answer.content.decode())
    assert f"/db/{films.id}/rest/films" in text_of(answer)
    again = anna.get(base)
    assert key not in again.content.decode() and "YOUR_KEY" in text_of(again)
    assert f"Actions read, insert Origins {SHOP} Paths /films/**" in text_of(again)
    assert request_status(anna, films, key) == 200
    assert request_status(anna, films, key, verb="POST") == 201
    assert request_status(anna, films, key, origin="https://evil.example.com") == 403
    assert stored()[0]["databases"] == [films.id]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "This field is required."),
        ({"origins": ""}, "Enter at least one origin."),
        ({"origins": "shop.example.com"}, "Must be https://host, https://*.host or *."),
        ({"paths": "films"}, "Must be a pattern such as /customers/**."),
        ({"actions": []}, "Choose at least one action."),
        ({"actions": ["own"]}, "Select a valid choice."),
        ({"realtime": "POST:a b:c"}, "Must be POST:, PUT: or DELETE:"),
        ({"expires": "9"}, "Select a valid choice."),
    ],
)
def test_errors_of_a_key(anna: Browser, base: str, change: dict, message: str) -> None:
    answer = anna.post(base, NEW | change)
    assert (answer.status_code, message in html.unescape(text_of(answer))) == (400, True)
    assert "data-open-now" in answer.content.decode()
    assert stored() == []


def test_the_number_of_keys_is_limited(anna: Browser, base: str, settings: Any) -> None:
    settings.MAX_KEYS = 0
    answer = anna.post(base, NEW)
    assert (answer.status_code, "MAX_KEYS" in text_of(answer), stored()) == (400, True, [])


def test_an_edited_key_has_the_same_text(anna: Browser, films: engine.Database, base: str) -> None:
    key = created(anna, base)
    path = f"{base}/{ApiKey.objects.get().pk}"
    assert SHOP in anna.get(path).content.decode()
    change = {"name": "new", "origins": f"{SHOP}\nhttps://*.example.org", "paths": "", "actions": ["read"]}
    assert anna.post(path, change).status_code == 302
    assert stored()[0] | {"databases": 0} == {
        "name": "new",
        "actions": ["read"],
        "web": {"origins": [SHOP, "https://*.example.org"], "verbs": ["GET"], "realtime": []},
        "databases": 0,
        "revoked_at": None,
        "expires_at": None,
    }
    assert request_status(anna, films, key, origin="https://a.example.org") == 200
    assert request_status(anna, films, key, verb="POST") == 403
    before = stored()
    assert anna.post(path, {**change, "origins": "nothing"}).status_code == 400
    assert anna.post(path, {**change, "actions": ["design"]}).status_code == 400
    assert stored() == before


def test_an_edit_adds_no_excluded_method(anna: Browser, films: Any, base: str) -> None:
    web = {"origins": ["*"], "verbs": ["GET", "PATCH"]}
    key = accounts.services.keys.create_key(
        anna.principal, name="a", databases=[films.id], actions=["read", "write"], web=web
    )
    change = {"name": "a", "origins": "*", "actions": ["read", "write", "delete"]}
    assert anna.post(f"{base}/{key.id}", change).status_code == 302
    assert stored()[0]["web"]["verbs"] == ["GET", "PATCH", "DELETE"]


def test_rotate_and_revoke(anna: Browser, films: engine.Database, base: str) -> None:
    old = created(anna, base)
    path = f"{base}/{ApiKey.objects.get().pk}"
    new = KEY.search(anna.post(f"{path}/rotate").content.decode())[0]
    assert (request_status(anna, films, old), request_status(anna, films, new)) == (200, 200)
    assert anna.post(f"{path}/revoke").status_code == 302
    assert (request_status(anna, films, old), request_status(anna, films, new)) == (401, 401)
    assert anna.post(f"{path}/revoke").status_code == 404
    assert anna.get(f"{path}/rotate").status_code == 302


def test_other_keys_have_no_page_here(anna: Browser, films: engine.Database, base: str) -> None:
    server = accounts.services.keys.create_key(anna.principal, name="server")
    other, _ = catalog.services.creation.create_database(
        anna.principal, name="second", collections=[{"name": "a", "fields": [{"name": "a"}]}]
    )
    elsewhere = accounts.services.keys.create_key(
        anna.principal, name="x", databases=[other.id], actions=["read"], web={}
    )
    both = accounts.services.keys.create_key(anna.principal, name="both", actions=["read"], web={"origins": ["*"]})
    before = stored()
    for key in (server, elsewhere):
        assert key.name not in re.findall(r'href="[^"]*browser-keys/\d+">([^<]+)<', anna.get(base).content.decode())
        assert anna.get(f"{base}/{key.id}").status_code == 404
        for path in ("", "/rotate", "/revoke"):
            assert anna.post(f"{base}/{key.id}{path}", NEW).status_code == 404
    assert stored() == before
    assert "other databases of the team" in text_of(anna.get(f"{base}/{both.id}"))


@pytest.mark.parametrize("role", ["admin", "editor", "viewer"])
def test_only_owners_have_browser_keys(
    anna: Browser, new_team_member: Callable[[str], Browser], films: engine.Database, base: str, role: str
) -> None:
    created(anna, base)
    before, key_id, guest = stored(), ApiKey.objects.get().pk, new_team_member(role)
    assert "Browser keys" not in text_of(guest.get(f"db/{films.id}/settings"))
    assert (guest.get(base).status_code, guest.get(f"{base}/{key_id}").status_code) == (403, 403)
    for path in ("", f"/{key_id}", f"/{key_id}/rotate", f"/{key_id}/revoke"):
        assert guest.post(base + path, NEW).status_code == 403, path
    assert stored() == before


def test_keys_belong_to_the_team_of_the_database(anna: Browser, films: engine.Database, base: str) -> None:
    team = accounts.services.teams.create_team(anna.principal, name="second")
    principals.invalidate_all()
    anna.post("team/choose", {"team": str(getattr(team, "id", team))})
    key = created(anna, base)
    assert request_status(anna, films, key) == 200
    assert "shop" in text_of(anna.get(base))
