"""Whatever is sent, a route of people, teams or tokens answers below 500 with the error body of this dialect."""

from __future__ import annotations

import pytest

from tests.dialects.airsequel.people.support import Member

BODIES = (
    *(b"", b"[]", b"7", b"null", b"{", b"\xff", b'{"a": 1, "a": 2}', b"[" * 10_000, b'{"name": ' * 500),
    b'{"username": "\\ud800", "password": "\\ud800", "email_address": "\\ud800@example.com"}',
    b'{"username": "\\u0000", "password": "\\u0000", "email": "\\u0000@example.com", "name": "\\u0000"}',
    b'{"username": {"$gt": ""}, "password": [], "email": {}, "name": {}, "team_name": {}, "permissions": {}}',
    b'{"name": 1e400, "permissions": [[[]]], "roles": [{}], "expiration_utc": 1e400}',
    b'{"expiration_utc": "99999-01-01", "team_name": "1", "permissions": [{"db_id": "", "name": "read"}]}',
    b'{"resetKey": "\\ud800", "password": "another-strong-password"}',
)
NAMES = ("%00", "%ED%A0%80", "%FF", "x" * 3_000, "%F0%9F%98%80", "9" * 40, "-1", "1e3", " ")
ROUTES = (
    *("POST /api/login", "POST /api/users", "POST /api/users/invite", "POST /api/users/reset-password"),
    *("POST /api/users/reset-password/submit", "POST /api/teams", "POST /api/tokens"),
)
NAMED = (
    *("GET /api/users/{}", "GET /api/teams/{}", "PATCH /api/teams/{}", "DELETE /api/teams/{}"),
    *("GET /api/teams/{}/members", "POST /api/teams/{}/members/invite", "PATCH /api/teams/{}/members/{}"),
    *("DELETE /api/teams/{}/members/{}", "GET /api/teams/{}/tokens"),
    *("GET /api/tokens/{}", "PATCH /api/tokens/{}", "DELETE /api/tokens/{}"),
)
PAGES = ("GET /password-reset/{}", "POST /password-reset/{}", "GET /verify-email/{}", "POST /verify-email/{}")


@pytest.mark.parametrize("route", ROUTES)
def test_a_hostile_body_is_a_client_error(joe: Member, route: str) -> None:
    for body in BODIES:
        answer = joe.ask(route, content=body)
        assert 400 <= answer.status_code < 500, (body, answer.text)
        assert list(answer.json()) == ["errors"], body


@pytest.mark.parametrize("route", NAMED)
def test_a_hostile_name_is_a_client_error(joe: Member, route: str) -> None:
    for name in NAMES:
        for names in ((name, name), (joe.username, name)):
            answer = joe.ask(route.format(*names[-route.count("{") :]), json={})
            assert 400 <= answer.status_code < 500, (names, answer.text)
            assert list(answer.json()) == ["errors"], names


@pytest.mark.parametrize("route", PAGES)
def test_a_hostile_secret_is_a_client_error(joe: Member, route: str) -> None:
    for name in NAMES:
        request = {"data": {"password": "another-strong-password"}} if route.startswith("POST") else {}
        answer = joe.ask(route.format(name), auth="", **request)
        assert answer.status_code < 500, (name, answer.text)
    if request:
        for content in (b"%FF=1", b"password=" + b"x" * 2_000, b"password=%ED%A0%80", b"\xff", b"&" * 5_000):
            for media in ("application/x-www-form-urlencoded", "application/json", "multipart/form-data", ""):
                answer = joe.ask(route.format("x"), auth="", content=content, headers={"Content-Type": media})
                assert answer.status_code < 500, (content, media, answer.text)
