"""Sessions over HTTP: listed and ended, one and all others."""

from __future__ import annotations

import pytest

from accounts import services
from accounts.services.known_clients import SignInClient
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NOT_FOUND = (404, {"detail": "Session not found."})


def test_listing_and_ending_one(ask, anna) -> None:
    client = SignInClient("Firefox on Linux", "192.0.2.7")
    browser = services.sessions.open_browser(anna.email, password=PASSWORD, client=client)
    listed = ask("GET /core/sessions", auth=anna.bearer)
    assert (listed.status, len(listed.body)) == (200, 2)
    by_current = {item["current"]: item for item in listed.body}
    members = ["address", "agent", "created_at", "current", "id", "last_used_at"]
    assert sorted(by_current[False]) == members
    assert (by_current[False]["agent"], by_current[False]["address"]) == ("Firefox on Linux", "192.0.2.7")
    assert by_current[False]["id"] == browser
    assert ask(f"DELETE /core/sessions/{browser}", auth=anna.bearer).status_and_body == (204, None)
    assert ask(f"DELETE /core/sessions/{browser}", auth=anna.bearer).status_and_body == NOT_FOUND
    assert [item["current"] for item in ask("GET /core/sessions", auth=anna.bearer).body] == [True]
    with pytest.raises(services.sessions.Unauthenticated):
        services.principals.principal_of_session(browser)


def test_ending_all_others(ask, anna, ben) -> None:
    others = [services.sessions.log_in(anna.email, password=PASSWORD) for _ in range(2)]
    assert ask("DELETE /core/sessions", auth=anna.bearer).status_and_body == (200, {"ended": 2})
    for tokens in others:
        assert ask("GET /core/profile", auth=f"Bearer {tokens.access}").status == 401
    assert ask("GET /core/profile", auth=anna.bearer).status == 200
    assert ask("GET /core/profile", auth=ben.bearer).status == 200


def test_ending_the_own_session_signs_out(ask, anna) -> None:
    (own,) = ask("GET /core/sessions", auth=anna.bearer).body
    assert ask(f"DELETE /core/sessions/{own['id']}", auth=anna.bearer).status == 204
    assert ask("GET /core/profile", auth=anna.bearer).status == 401


def test_sessions_of_others_and_keys(ask, anna, ben, rows) -> None:
    (own,) = ask("GET /core/sessions", auth=anna.bearer).body
    key = f"Api-Key {services.keys.create_key(anna.principal, name='k').text}"
    ask("GET /core/profile", auth=key)
    before = rows()
    for session in (own["id"], "0" * 32, "nonsense", "0"):
        assert ask(f"DELETE /core/sessions/{session}", auth=ben.bearer).status_and_body == NOT_FOUND
        assert ask(f"DELETE /core/sessions/{session}", auth=key).status_and_body == NOT_FOUND
    assert ask("GET /core/sessions", auth=key).status == 403
    assert ask("DELETE /core/sessions", auth=key).status == 403
    assert rows() == before
