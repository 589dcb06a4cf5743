"""Every route of accounts: exact statuses and bodies, and that a refusal changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings
from django.core import mail

from accounts import services, tasks
from accounts.models import ApiKey, OneTimeToken, Session, User

pytestmark = pytest.mark.django_db
PASSWORD = "a-strong-and-secure-password"
REGISTRATION = {
    "email": "developer@example.com",
    "firstName": "Alex",
    "lastName": "Dev",
    "password": PASSWORD,
}
REGISTERED = {"message": "User registered successfully. Please check your email to verify your account."}
REQUIRED = ["This field is required."]
NOT_TEXT = ["Not a valid string."]
NO_NUL = ["Null characters are not allowed."]
BAD_EMAIL = ["Enter a valid email address."]
SHORT = "This password is too short. It must contain at least 8 characters."
COMMON = "This password is too common."
MISSING = {"detail": "Authentication credentials were not provided."}
BAD_TOKEN = {"detail": "Token is invalid or expired"}
BAD_LINK = {"detail": "This link is invalid or has expired."}
BASE = "60c72b2f9b1d8b1a2d3e4567"
DOCUMENT_ACTIONS = ["read", "insert", "write", "delete"]

ROUTES = [
    ("POST", "/core/register"),
    ("POST", "/core/login"),
    ("POST", "/core/logout"),
    ("POST", "/core/token/refresh"),
    ("GET", "/core/verify-email/x"),
    ("POST", "/core/verify-email/resend"),
    ("GET", "/core/profile"),
    ("POST", "/core/password-reset/request"),
    ("POST", "/core/password-reset/confirm/x"),
    ("GET", "/core/api/v1/keys"),
    ("DELETE", "/core/api/v1/keys/1"),
    ("GET", "/api/keys"),
    ("DELETE", "/api/keys/1"),
]


@pytest.mark.parametrize(("verb", "path"), ROUTES)
def test_a_slash_at_the_end_makes_no_difference(ask, verb: str, path: str) -> None:
    assert ask(f"{verb} {path}").told == ask(f"{verb} {path}/").told
    assert ask(f"{verb} {path}").status != 404


@pytest.mark.parametrize(("verb", "path"), ROUTES)
def test_another_verb_is_405(ask, anna, verb: str, path: str) -> None:
    answer = ask(f"PUT {path}", {}, auth=anna.bearer)
    assert answer.status == 405
    assert verb in answer.headers["Allow"]


# --- register --------------------------------------------------------------------------------------


def test_registering_and_registering_again_look_the_same(ask) -> None:
    first = ask("POST /core/register", REGISTRATION)
    second = ask("POST /core/register", {**REGISTRATION, "email": "Developer@Example.com"})
    assert first.told == second.told == (201, REGISTERED)
    assert first.headers.keys() == second.headers.keys()
    assert User.objects.get().email == "developer@example.com"


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, dict.fromkeys(REGISTRATION, REQUIRED)),
        (
            {"email": 1, "firstName": [], "lastName": {}, "password": True},
            {"email": BAD_EMAIL, "firstName": NOT_TEXT, "lastName": NOT_TEXT, "password": NOT_TEXT},
        ),
        (
            {**REGISTRATION, "email": None, "password": None},
            {"email": ["This field may not be null."], "password": ["This field may not be null."]},
        ),
        ({**REGISTRATION, "email": "x", "password": "qz7-"}, {"email": BAD_EMAIL, "password": [SHORT]}),
        ({**REGISTRATION, "password": "1234567"}, {"password": [SHORT, COMMON]}),
        ({**REGISTRATION, "password": "password"}, {"password": [COMMON]}),
        (
            {**REGISTRATION, "email": "a\0@example.com", "firstName": "A\0", "password": "\0" * 8},
            {"email": [*NO_NUL, *BAD_EMAIL], "firstName": NO_NUL, "password": NO_NUL},
        ),
        (
            {
                **REGISTRATION,
                "email": "x@" + "a.b" * 85 + ".com",
                "firstName": "x" * 101,
                "password": "xy" * 513,
            },
            {
                "email": ["Ensure this field has no more than 254 characters."],
                "firstName": ["Ensure this field has no more than 100 characters."],
                "password": ["Ensure this field has no more than 1024 characters."],
            },
        ),
        ({**REGISTRATION, "lastName": " "}, {"lastName": ["This field may not be blank."]}),
    ],
)
def test_every_fault_of_a_registration_is_named(ask, body: Any, faults: dict[str, list[str]]) -> None:
    answer = ask("POST /core/register", body)
    assert answer.status == 400
    assert {name: sorted(found) for name, found in answer.body.items()} == {
        name: sorted(found) for name, found in faults.items()
    }
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [b"{", b"[]", b'"x"', b"null", b"NaN", b'{"email": "\\ud800"}', b"\xff", b'{"email":"a","email":"b"}', b" "],
)
@pytest.mark.parametrize(
    "path", ["register", "token/refresh", "password-reset/request", "password-reset/confirm/x"]
)
def test_malformed_json_is_400(ask, path: str, raw: bytes) -> None:
    answer = ask(f"POST /core/{path}", raw=raw)
    assert answer.status == 400
    assert list(answer.body) == ["detail"]


def test_names_are_kept_as_they_are(ask) -> None:
    ask("POST /core/register", {**REGISTRATION, "firstName": "Żółć 字", "password": "  spaces kept  "})
    assert User.objects.get().first_name == "Żółć 字"
    login = {"email": REGISTRATION["email"], "password": "  spaces kept  "}
    assert ask("POST /core/login", login).status == 200
    assert ask("POST /core/login", {**login, "password": "spaces kept"}).status == 401


# --- log in, refresh, log out ----------------------------------------------------------------------


def test_logging_in_gives_a_pair_that_works(ask, anna) -> None:
    answer = ask("POST /core/login", {"email": anna.email.upper(), "password": PASSWORD})
    assert answer.status == 200
    assert sorted(answer.body) == ["access", "refresh"]
    assert ask("GET /core/profile", auth=f"Bearer {answer.body['access']}").status == 200


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "Email and password are required"),
        ({"email": "a@example.com"}, 400, "Email and password are required"),
        ({"email": "a@example.com", "password": ""}, 400, "Email and password are required"),
        ({"email": ["a@example.com"], "password": PASSWORD}, 400, "Email and password are required"),
        ({"email": {"$ne": ""}, "password": {"$ne": ""}}, 400, "Email and password are required"),
        ({"email": 1, "password": 1}, 400, "Email and password are required"),
        ({"email": "nobody@example.com", "password": PASSWORD}, 401, "Invalid credentials"),
        ({"email": "\0", "password": PASSWORD}, 401, "Invalid credentials"),
        ({"email": "x" * 100_000, "password": PASSWORD}, 401, "Invalid credentials"),
    ],
)
def test_a_bad_log_in_says_why(ask, rows, body: Any, status: int, error: str) -> None:
    before = rows()
    assert ask("POST /core/login", body).told == (status, {"error": error})
    assert rows() == before


def test_a_wrong_password_is_answered_as_an_unknown_user_is(ask, anna, rows) -> None:
    before = rows()
    wrong = ask("POST /core/login", {"email": anna.email, "password": "wrong"})
    unknown = ask("POST /core/login", {"email": "nobody@example.com", "password": "wrong"})
    assert wrong.told == unknown.told == (401, {"error": "Invalid credentials"})
    assert rows() == before


def test_malformed_json_at_log_in_keeps_its_shape(ask) -> None:
    answer = ask("POST /core/login", raw=b"{")
    assert (answer.status, list(answer.body)) == (400, ["error"])


def test_a_form_is_415(client) -> None:
    answer = client.post("/core/login", {"email": "a@example.com", "password": PASSWORD})
    assert answer.status_code == 415
    assert list(json.loads(answer.content)) == ["error"]


def test_refreshing_rotates_and_a_replay_ends_the_session(ask, anna) -> None:
    first = ask("POST /core/token/refresh", {"refresh": anna.refresh})
    assert (first.status, sorted(first.body)) == (200, ["access", "refresh"])
    assert ask("POST /core/token/refresh", {"refresh": anna.refresh}).told == (401, BAD_TOKEN)
    assert ask("POST /core/token/refresh", {"refresh": first.body["refresh"]}).told == (401, BAD_TOKEN)
    assert ask("GET /core/profile", auth=f"Bearer {first.body['access']}").told == (401, BAD_TOKEN)


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 400, {"refresh": REQUIRED}),
        ({"refresh": None}, 400, {"refresh": ["This field may not be null."]}),
        ({"refresh": {}}, 400, {"refresh": NOT_TEXT}),
        ({"refresh": "nonsense"}, 401, BAD_TOKEN),
    ],
)
def test_a_bad_refresh_says_why(ask, anna, rows, body: Any, status: int, told: dict[str, Any]) -> None:
    before = rows()
    assert ask("POST /core/token/refresh", body).told == (status, told)
    assert rows() == before


def test_an_access_token_does_not_refresh(ask, anna) -> None:
    assert ask("POST /core/token/refresh", {"refresh": anna.access}).told == (401, BAD_TOKEN)


def test_logging_out_with_either_token(ask, anna, ben) -> None:
    out = (200, {"message": "Logged out successfully."})
    assert ask("POST /core/logout", {"refresh": anna.refresh}, auth="Bearer too-old").told == out
    assert ask("POST /core/logout", auth=ben.bearer).told == out
    for person in (anna, ben):
        assert ask("GET /core/profile", auth=person.bearer).told == (401, BAD_TOKEN)
    assert Session.objects.filter(revoked_at=None).count() == 0


@pytest.mark.parametrize(
    ("body", "auth", "status", "told"),
    [
        (None, None, 401, MISSING),
        ({}, "Bearer nonsense", 401, BAD_TOKEN),
        ({"refresh": "nonsense"}, None, 401, BAD_TOKEN),
        ({"refresh": 1}, None, 400, {"refresh": NOT_TEXT}),
    ],
)
def test_a_bad_log_out_ends_nothing(ask, anna, rows, body, auth, status: int, told: dict[str, Any]) -> None:
    before = rows()
    assert ask("POST /core/logout", body, auth=auth).told == (status, told)
    assert rows() == before


# --- verification, profile, password reset ---------------------------------------------------------


def mailed_path() -> str:
    (link,) = [line for line in mail.outbox[-1].body.splitlines() if line.startswith(settings.BASE_URL)]
    return link.removeprefix(settings.BASE_URL)


def test_a_link_verifies_once(ask, anna) -> None:
    tasks.send_verification(anna.id)
    path = mailed_path()
    assert ask(f"GET {path}").told == (200, {"message": "Email verified successfully!"})
    assert ask(f"GET {path}").told == (400, BAD_LINK)
    assert ask("POST /core/verify-email/resend", auth=anna.bearer).told == (
        400,
        {"detail": "Your email is already verified."},
    )


def test_another_link_can_be_asked_for(ask, anna, rows) -> None:
    answer = ask("POST /core/verify-email/resend", auth=anna.bearer)
    assert answer.told == (200, {"message": "A new verification email has been sent."})
    assert ask("POST /core/verify-email/resend").told == (401, MISSING)


def test_a_profile_is_shown_and_changed(ask, anna) -> None:
    profile = ask("GET /core/profile", auth=anna.bearer)
    assert profile.status == 200
    assert {name: value for name, value in profile.body.items() if name != "created"} == {
        "id": str(anna.id),
        "email": anna.email,
        "firstName": "Alex",
        "lastName": "Dev",
        "email_verified": False,
    }
    changed = ask("PATCH /core/profile", {"firstName": "Anna"}, auth=anna.bearer)
    assert changed.told == (200, {**profile.body, "firstName": "Anna"})
    assert ask("GET /core/profile", auth=anna.bearer).body == changed.body


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"email": "x@example.com"}, {"email": ["This field cannot be changed."]}),
        ({"email_verified": None}, {"email_verified": ["This field cannot be changed."]}),
        ({"id": "", "firstName": "M"}, {"id": ["This field cannot be changed."]}),
        ({"firstName": None}, {"firstName": ["This field may not be null."]}),
        ({"firstName": 1, "lastName": "\0"}, {"firstName": NOT_TEXT, "lastName": NO_NUL}),
    ],
)
def test_a_refused_change_of_a_profile_changes_nothing(ask, anna, rows, body, faults) -> None:
    before = rows()
    assert ask("PATCH /core/profile", body, auth=anna.bearer).told == (400, faults)
    assert rows() == before


@pytest.mark.parametrize("route", ["GET /core/profile", "PATCH /core/profile", "POST /core/verify-email/resend"])
def test_a_key_is_no_person(ask, anna, rows, route: str) -> None:
    key = services.create_key(anna.principal, name="k", actions=["own"])
    services.principal_of_key(key.text)
    before = rows()
    answer = ask(route, {}, auth=f"Api-Key {key.text}")
    assert answer.told == (403, {"detail": "This needs a user's access token."})
    assert rows() == before


def test_a_password_reset_from_request_to_log_in(ask, anna) -> None:
    sent = {"message": "If an account with that email exists, a password reset link has been sent."}
    assert ask("POST /core/password-reset/request", {"email": anna.email}).told == (200, sent)
    assert ask("POST /core/password-reset/request", {"email": "nobody@example.com"}).told == (200, sent)
    tasks.send_password_reset(anna.id)
    path = mailed_path()
    assert ask(f"POST {path}", {"password": "short"}).told == (400, {"password": [SHORT]})
    assert ask(f"POST {path}", {}).told == (400, {"password": REQUIRED})
    assert ask(f"POST {path}", {"password": "another-strong-password"}).told == (
        200,
        {"message": "Your password has been reset successfully. You can now log in."},
    )
    assert ask(f"POST {path}", {"password": "a-third-strong-password"}).told == (400, BAD_LINK)
    assert ask("GET /core/profile", auth=anna.bearer).told == (401, BAD_TOKEN)
    assert ask("POST /core/login", {"email": anna.email, "password": PASSWORD}).status == 401
    login = {"email": anna.email, "password": "another-strong-password"}
    assert ask("POST /core/login", login).status == 200


@pytest.mark.parametrize(
    ("body", "faults"), [({}, REQUIRED), ({"email": 1}, BAD_EMAIL), ({"email": "x"}, BAD_EMAIL)]
)
def test_a_bad_request_for_a_reset(ask, body: Any, faults: list[str]) -> None:
    assert ask("POST /core/password-reset/request", body).told == (400, {"email": faults})
    assert not OneTimeToken.objects.exists()


# --- keys ------------------------------------------------------------------------------------------


def test_keys_under_core_have_the_published_shapes(ask, anna) -> None:
    made = ask("POST /core/api/v1/keys/", {"name": " backend "}, auth=anna.bearer)
    assert made.status == 201
    assert made.body["name"] == "backend"
    assert made.body["key"].startswith("dc_")
    (listed,) = ask("GET /core/api/v1/keys/", auth=anna.bearer).body
    assert listed == {
        "_id": made.body["_id"],
        "user_id": str(anna.id),
        "name": "backend",
        "key_display": made.body["key"][:11] + "...",
        "is_active": True,
        "databases": None,
        "actions": DOCUMENT_ACTIONS,
        "created_at": made.body["created_at"],
        "expires_at": None,
        "last_used_at": None,
    }
    path = f"/core/api/v1/keys/{made.body['_id']}/"
    assert ask(f"DELETE {path}", auth=anna.bearer).told == (204, None)
    gone = (404, {"detail": "Key not found or permission denied."})
    assert ask(f"DELETE {path}", auth=anna.bearer).told == gone
    assert ask("GET /core/api/v1/keys/", auth=anna.bearer).told == (200, [])
    refused = ask("GET /core/api/v1/keys/", auth=f"Api-Key {made.body['key']}")
    assert refused.told == (401, {"detail": "Invalid API Key."})


def test_keys_in_the_management_dialect(ask, anna) -> None:
    body = {"name": "k", "databases": [BASE], "actions": ["read"], "expires_at": "2099-01-01T00:00:00Z"}
    made = ask("POST /api/keys", body, auth=anna.bearer)
    assert (made.status, made.body["success"]) == (201, True)
    listed = ask("GET /api/keys", auth=anna.bearer)
    shown = {
        "id": made.body["id"],
        "name": "k",
        "prefix": made.body["key"][:11] + "...",
        "databases": [BASE],
        "actions": ["read"],
        "created_at": made.body["created_at"],
        "expires_at": made.body["expires_at"],
        "last_used_at": None,
    }
    assert listed.told == (200, {"success": True, "keys": [shown]})
    assert shown["expires_at"].startswith("2099-01-01T00:00:00")
    assert made.body == {"success": True, "key": made.body["key"], **shown}
    path = f"/api/keys/{made.body['id']}"
    revoked = (200, {"success": True, "message": "API key revoked successfully."})
    assert ask(f"DELETE {path}", auth=anna.bearer).told == revoked
    assert ask(f"DELETE {path}", auth=anna.bearer).told == (
        404,
        {"success": False, "message": "Key not found or permission denied.", "errors": []},
    )


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": 1}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": "\0", "actions": "read"}, ["name", "actions"]),
        ({"name": "k", "actions": []}, ["actions"]),
        ({"name": "k", "actions": [1]}, ["actions.0"]),
        ({"name": "k", "actions": ["rule"]}, ["actions"]),
        ({"name": "k", "databases": []}, ["databases"]),
        ({"name": "k", "databases": "x"}, ["databases"]),
        ({"name": "k", "databases": [BASE, {}]}, ["databases.1"]),
        ({"name": "k", "databases": ["z" * 24]}, ["databases"]),
        ({"name": "k", "expires_at": "soon"}, ["expires_at"]),
        ({"name": "k", "expires_at": 5}, ["expires_at"]),
        ({"name": "k", "expires_at": "2001-01-01T00:00:00Z"}, ["expires_at"]),
        ({"name": "k", "expires_at": "9999-12-31T23:59:59-23:59"}, ["expires_at"]),
    ],
)
def test_a_bad_key_is_400_in_both_dialects(ask, anna, body: Any, fields: list[str]) -> None:
    managed = ask("POST /api/keys", body, auth=anna.bearer)
    assert (managed.status, managed.body["success"]) == (400, False)
    assert [fault["field"] for fault in managed.body["errors"]] == fields
    core = ask("POST /core/api/v1/keys/", body, auth=anna.bearer)
    assert (core.status, list(core.body)) == (400, fields)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("path", ["/api/keys", "/core/api/v1/keys/"])
def test_nobody_manages_keys(ask, anna, rows, path: str) -> None:
    services.create_key(anna.principal, name="k")
    before = rows()
    for route in (f"GET {path}", f"POST {path}", f"DELETE {path.rstrip('/')}/{ApiKey.objects.get().pk}"):
        answer = ask(route, {"name": "x"})
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert rows() == before


@pytest.mark.parametrize("path", ["/api/keys", "/core/api/v1/keys"])
def test_a_foreign_key_and_none_are_answered_alike(ask, anna, ben, rows, path: str) -> None:
    key = services.create_key(anna.principal, name="k")
    assert ben.principal
    before = rows()
    foreign = ask(f"DELETE {path}/{key.id}", auth=ben.bearer)
    missing = ask(f"DELETE {path}/{key.id + 1000}", auth=ben.bearer)
    assert foreign.status == 404
    assert foreign.told == missing.told
    assert rows() == before


@pytest.mark.parametrize("actions", [None, ["design"]])
def test_a_key_without_own_is_403(ask, anna, rows, actions: Any) -> None:
    key = services.create_key(anna.principal, name="k", actions=actions)
    services.principal_of_key(key.text)
    before = rows()
    for route in ("GET /api/keys", "POST /api/keys", f"DELETE /api/keys/{key.id}"):
        answer = ask(route, {"name": "x"}, auth=f"Api-Key {key.text}")
        assert (answer.status, answer.body["success"]) == (403, False)
    assert rows() == before


# --- limits ----------------------------------------------------------------------------------------

LIMITED = [
    ("login", {"email": "{email}", "password": "wrong"}, "error"),
    ("register", {**REGISTRATION, "email": "{email}"}, "detail"),
    ("password-reset/request", {"email": "{email}"}, "detail"),
]


def filled(body: dict[str, str], email: str) -> dict[str, str]:
    return {**body, "email": email}


@pytest.mark.parametrize(("path", "body", "word"), LIMITED)
def test_an_account_is_limited_from_every_address(ask, settings, fresh_email, path, body, word) -> None:
    settings.SIGN_IN_LIMIT_ACCOUNT = 2
    email = fresh_email()
    for spelling in (email, email.upper()):
        assert ask(f"POST /core/{path}", filled(body, spelling)).status != 429
    refused = ask(f"POST /core/{path}", filled(body, email), REMOTE_ADDR="192.0.2.7")
    assert refused.told == (429, {word: "Too many requests; try again later."})
    assert 1 <= int(refused.headers["Retry-After"]) <= settings.SIGN_IN_WINDOW_SECONDS
    assert refused.headers["RateLimit-Limit"] == "2"
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert refused.headers["RateLimit-Reset"] == refused.headers["Retry-After"]
    assert ask(f"POST /core/{path}", filled(body, fresh_email())).status != 429


@pytest.mark.parametrize(
    "path",
    ["login", "register", "token/refresh", "password-reset/request", "password-reset/confirm/x"],
)
def test_an_address_is_limited_whatever_it_asks(ask, settings, path: str, fresh_email) -> None:
    settings.SIGN_IN_LIMIT_ADDRESS = 2
    address = f"2001:db8:{fresh_email()[:4]}:{fresh_email()[:4]}::"
    for host in "12":
        assert ask(f"POST /core/{path}", {}, REMOTE_ADDR=address + host).status in (400, 401)
    assert ask(f"POST /core/{path}", {}, REMOTE_ADDR=address + "3").status == 429
    assert ask(f"POST /core/{path}", {}, REMOTE_ADDR="192.0.2.8").status != 429


def test_asking_for_mails_is_limited(ask, settings, anna) -> None:
    settings.SIGN_IN_LIMIT_ACCOUNT = 1
    assert ask("POST /core/verify-email/resend", auth=anna.bearer).status == 200
    assert ask("POST /core/verify-email/resend", auth=anna.bearer).status == 429


# --- the whole way, over HTTP ----------------------------------------------------------------------


def test_a_registration_mails_a_link_that_verifies(http, stranger, mailed) -> None:
    token = mailed(stranger.email, "/core/verify-email/")
    answer = http.get(f"/core/verify-email/{token}", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.json()) == (200, {"message": "Email verified successfully!"})
    profile = http.get("/core/profile", headers={"Authorization": stranger.bearer}).json()
    assert profile["email_verified"] is True


def test_a_reset_link_never_points_where_the_request_says(http, stranger, mailed) -> None:
    lies = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "http://evil.example"}
    body = {"email": stranger.email}
    assert http.post("/core/password-reset/request", json=body, headers=lies).status_code == 200
    token = mailed(stranger.email, "/core/password-reset/confirm/")
    done = http.post(f"/core/password-reset/confirm/{token}", json={"password": "another-strong-password"})
    assert done.status_code == 200
    assert http.get("/core/profile", headers={"Authorization": stranger.bearer}).status_code == 401


def test_a_revoked_key_is_dead_everywhere_within_two_seconds(http, stranger, home) -> None:
    bearer = {"Authorization": stranger.bearer}
    made = http.post("/api/keys", json={"name": "k", "actions": ["own"]}, headers=bearer).json()
    key = {"Authorization": f"Api-Key {made['key']}"}
    assert http.get("/api/keys", headers=key).status_code == 200
    assert http.delete(f"/api/keys/{made['id']}", headers=key).status_code == 200
    assert http.get("/api/keys", headers=key).json()["message"] == "Invalid API Key."
