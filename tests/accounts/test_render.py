"""Response and error bodies of accounts and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import engine
from accounts import render, serializers
from accounts.services.keys import Key
from accounts.services.people import Profile
from engine import Error, FieldError

CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
USED = datetime(2026, 2, 3, tzinfo=UTC)
WEB = {"origins": ["*"], "verbs": ["GET"], "realtime": []}
KEY = Key(
    id=7,
    name="my backend",
    prefix="dc_1a2B3c4D...",
    databases=("60c72b2f9b1d8b1a2d3e4567",),
    actions=("read", "insert"),
    created_by=3,
    created_at=CREATED,
    expires_at=None,
    last_used_at=USED,
    last_used_address="203.0.113.7",
    addresses=("203.0.113.0/24",),
    rate=600,
    text="dc_secret",
)
SCOPE = {
    "databases": ("60c72b2f9b1d8b1a2d3e4567",),
    "actions": ("read", "insert"),
    "created_at": CREATED,
    "expires_at": None,
    "last_used_at": USED,
    "last_used_address": "203.0.113.7",
    "addresses": ("203.0.113.0/24",),
    "rate": 600,
    "daily_quota": None,
    "previous_expires_at": None,
}
PROFILE = Profile(3, "anna@example.com", "Anna", "Müller", email_verified=False, is_admin=True, created_at=CREATED)
ONE = engine.Invalid.of_field("name", "It is empty.")
TWO = engine.Invalid(
    "The request is not valid.",
    errors=[FieldError("email", "One."), FieldError("name", "Two."), FieldError("email", "Three.")],
)
UNAUTHENTICATED = engine.Unauthenticated("Token is invalid or expired")


@pytest.mark.parametrize(
    ("body", "error", "expected"),
    [
        (render.core_error, ONE, {"name": ["It is empty."]}),
        (render.core_error, TWO, {"email": ["One.", "Three."], "name": ["Two."]}),
        (
            render.core_error,
            engine.Invalid("No.", errors=[FieldError("email", "One."), FieldError("", "Two.")]),
            {"email": ["One."], "non_field_errors": ["Two."]},
        ),
        (
            render.core_error,
            engine.Invalid("No.", errors=[FieldError("", "One."), FieldError("", "Two.")]),
            {"non_field_errors": ["One.", "Two."]},
        ),
        (render.core_error, UNAUTHENTICATED, {"detail": "Token is invalid or expired"}),
        (render.core_error, engine.Invalid.of_field("", "It is empty."), {"detail": "It is empty."}),
        (render.published_error, ONE, {"error": "It is empty.", "name": ["It is empty."]}),
        (render.published_error, engine.NotFound("None."), {"error": "None.", "detail": "None."}),
        (render.login_error, UNAUTHENTICATED, {"error": "Token is invalid or expired"}),
        (render.login_error, ONE, {"error": "It is empty."}),
        (render.management_error, engine.NotFound("None."), {"success": False, "message": "None.", "errors": []}),
        (
            render.management_error,
            UNAUTHENTICATED,
            {
                "success": False,
                "message": "Token is invalid or expired",
                "errors": [],
                "detail": "Token is invalid or expired",
            },
        ),
        (
            render.management_error,
            engine.Invalid("No.", errors=[FieldError("databases.1", "One."), FieldError("", "Two.", 0)]),
            {
                "success": False,
                "message": "No.",
                "errors": [
                    {"field": "databases.1", "message": "One."},
                    {"field": "", "message": "Two.", "index": 0},
                ],
            },
        ),
    ],
)
def test_an_error_body(body: Callable[[Error], dict[str, Any]], error: Error, expected: dict[str, Any]) -> None:
    assert body(error) == expected


def test_a_profile() -> None:
    assert render.profile(PROFILE) == {
        "id": "3",
        "email": "anna@example.com",
        "firstName": "Anna",
        "lastName": "Müller",
        "email_verified": False,
        "created": CREATED,
    }


NAMED = {"id": "7", "name": "my backend", "prefix": "dc_1a2B3c4D..."}
CORE = {"_id": "7", "user_id": "3", "name": "my backend", "key_display": "dc_1a2B3c4D...", "is_active": True}
CORE_NEW = {"message": "API Key created successfully. Store it securely!", "_id": "7", "name": "my backend"}
KEY_BODIES = [
    (render.managed_key, NAMED, serializers.ManagedKey),
    (render.managed_new_key, {"success": True, "key": "dc_secret", **NAMED}, serializers.ManagedNewKey),
    (render.core_key, CORE, serializers.CoreKey),
    (render.core_new_key, {**CORE_NEW, "key": "dc_secret"}, serializers.CoreNewKey),
]


@pytest.mark.parametrize(("body", "members", "schema"), KEY_BODIES)
def test_a_key(body: Callable[[Key], dict[str, Any]], members: dict[str, Any], schema: Any) -> None:
    assert body(KEY) == {**members, **SCOPE}
    assert body(replace(KEY, databases=None, web=WEB)) == {**members, **SCOPE, "databases": None, "web": WEB}


@pytest.mark.parametrize(("body", "members", "schema"), KEY_BODIES)
def test_the_schema_of_a_key_has_the_members_of_its_body(
    body: Callable[[Key], dict[str, Any]], members: dict[str, Any], schema: Any
) -> None:
    full = replace(KEY, web=WEB, collections={"60c72b2f9b1d8b1a2d3e4567": {"films": {"actions": ["read"]}}})
    assert set(schema().fields) == set(body(full))


def test_other_schemas_have_the_members_of_their_bodies() -> None:
    assert set(serializers.ProfileShown().fields) == set(render.profile(PROFILE))
    assert set(serializers.ManagedError.fields) == set(render.management_error(ONE))
    assert set(serializers.LoginError().fields) == set(render.login_error(ONE))
    assert set(serializers.PublishedError().fields) == set(render.published_error(engine.NotFound("None.")))
