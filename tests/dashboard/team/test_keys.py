"""API keys: shown once, described as a sentence, rotated and revoked; the page with code snippets."""

from __future__ import annotations

import re

import pytest

import accounts.services
import engine
from tests.dashboard.conftest import Browser, text_of

KEY = re.compile(r"dc_\w{8}_\w{32}_\w{6}")


def works(browser: Browser, key: str, database: engine.Database) -> int:
    query = f"database_id={database.id}&collection_name=films"
    return browser.client.get(f"/api/crud?{query}", headers={"Authorization": f"Api-Key {key}"}).status_code


def test_a_key_is_shown_once(anna: Browser, films: engine.Database) -> None:
    form_data = {"name": "shop", "actions": ["read"], "databases": [films.id], "expires": "7"}
    answer = anna.post("keys", form_data)
    assert answer.headers["Cache-Control"] == "no-store"
    key = KEY.search(answer.content.decode())[0]
    assert works(anna, key, films) == 200
    again = anna.get("keys")
    assert key not in again.content.decode()
    assert f"May read documents in {films.name}." in text_of(again)
    assert "in 7 days" in text_of(again)


@pytest.mark.parametrize(
    "form_data",
    [
        {"name": "", "actions": ["read"]},
        {"name": "x", "actions": []},
        {"name": "x", "actions": ["fly"]},
        {"name": "x", "actions": ["read"], "databases": ["60c72b2f9b1d8b1a2d3e4567"]},
        {"name": "x", "actions": ["read"], "scope": "all", "expires": "9"},
        {"name": "x", "actions": ["read"]},
        {"name": "x", "actions": ["read"], "scope": "some"},
    ],
)
def test_errors_of_a_new_key(anna: Browser, form_data: dict) -> None:
    answer = anna.post("keys", form_data)
    assert answer.status_code == 400
    assert "data-open-now" in answer.content.decode()
    assert accounts.services.keys.list_keys(anna.principal) == []


def test_no_key_for_a_database_of_another_team(anna: Browser, ben: Browser, films: engine.Database) -> None:
    assert ben.post("keys", {"name": "x", "actions": ["read"], "databases": [films.id]}).status_code == 400


def test_a_new_key_is_for_one_database_reads_and_expires(anna: Browser, films: engine.Database) -> None:
    form = anna.get("keys").context["form"]
    initial = {name: form[name].value() for name in ("scope", "databases", "actions", "expires")}
    assert initial == {"scope": "chosen", "databases": [films.id], "actions": ["read"], "expires": "90"}


def test_a_key_of_all_databases_is_an_explicit_choice(anna: Browser, films: engine.Database) -> None:
    assert anna.post("keys", {"name": "x", "actions": ["read"], "scope": "all"}).status_code == 200
    (key,) = accounts.services.keys.list_keys(anna.principal)
    assert (key.databases, key.expires_at) == (None, None)


def test_a_rotated_key_works_for_another_day(anna: Browser, films: engine.Database) -> None:
    old = accounts.services.keys.create_key(anna.principal, name="shop", actions=["read"])
    new = KEY.search(anna.post(f"keys/{old.id}/rotate").content.decode())[0]
    assert (works(anna, new, films), works(anna, old.text or "", films)) == (200, 200)
    (key,) = accounts.services.keys.list_keys(anna.principal)
    assert (key.id, key.name, key.actions, key.expires_at) == (old.id, "shop", ("read",), None)
    assert 23 < (key.previous_expires_at - key.created_at).total_seconds() / 3600 < 25
    assert "valid until" in text_of(anna.post(f"keys/{old.id}/rotate"))
    newest = KEY.search(anna.post(f"keys/{old.id}/rotate", {"overlap": "0"}).content.decode())[0]
    assert [works(anna, text, films) for text in (old.text or "", new, newest)] == [401, 401, 200]
    assert anna.post(f"keys/{key.id}/revoke").status_code == 302
    assert works(anna, newest, films) == 401
    assert anna.post(f"keys/{key.id}/revoke").status_code == 404


@pytest.mark.parametrize(
    "web", [{}, {"origins": ["*"], "verbs": ["GET"], "paths": ["/films"], "realtime": ["chat"]}]
)
def test_rotation_of_a_browser_key_keeps_its_restrictions(anna: Browser, web: dict[str, list[str]]) -> None:
    old = accounts.services.keys.create_key(anna.principal, name="page", actions=["read"], web=web)
    assert anna.post(f"keys/{old.id}/rotate").status_code == 200
    (key,) = accounts.services.keys.list_keys(anna.principal)
    assert key.web == {"origins": [], "verbs": ["GET"], "realtime": []} | web


def test_the_api_page_has_real_names_and_creates_a_key(anna: Browser, films: engine.Database) -> None:
    page = text_of(anna.get(f"db/{films.id}/api"))
    assert f"database_id={films.id}" in page and "collection_name=films" in page and "YOUR_KEY" in page
    answer = anna.post(f"db/{films.id}/api")
    key = KEY.search(answer.content.decode())[0]
    assert works(anna, key, films) == 200
    (created,) = accounts.services.keys.list_keys(anna.principal)
    assert (created.databases, created.expires_at is not None) == ((films.id,), True)
    assert "YOUR_KEY" not in text_of(answer)


def test_the_limits_of_a_key_are_shown_and_set(anna: Browser, films: engine.Database) -> None:
    key = accounts.services.keys.create_key(anna.principal, name="shop", actions=["read"])
    assert "No limits" in text_of(anna.get("keys"))
    assert works(anna, key.text or "", films) == 200
    assert "from 127.0.0.1" in text_of(anna.get("keys"))
    limits = {"addresses": "203.0.113.7\n2001:db8::/32", "rate": "60", "daily_quota": ""}
    assert anna.post(f"keys/{key.id}/limits", limits).status_code == 302
    page = text_of(anna.get("keys"))
    assert "From 203.0.113.7, 2001:db8::/32" in page and "60 requests a minute" in page
    assert works(anna, key.text or "", films) == 403
    refused = anna.post(f"keys/{key.id}/limits", {"addresses": "nowhere", "rate": "0"})
    assert refused.status_code == 400
    assert "Must be an address or a network" in text_of(refused) and "Must be from 1" in text_of(refused)
    assert anna.post(f"keys/{key.id}/limits", {}).status_code == 302
    assert works(anna, key.text or "", films) == 200
