"""Bodies of account requests: what they accept, and the errors of everything else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework import serializers

from accounts.serializers import (
    ACTIONS,
    EmailAddress,
    NewKey,
    OptionalRefreshToken,
    ProfileChange,
    RefreshToken,
    Registration,
    ResetPassword,
)
from engine import Action

PASSWORD = "a-strong-and-secure-password"
PERSON = {"email": "anna@example.com", "firstName": "Anna", "lastName": "Müller", "password": PASSWORD}
ID = "60c72b2f9b1d8b1a2d3e4567"
WEB = {"origins": ["*"], "verbs": ["GET"], "paths": ["/films/**"], "realtime": ["chat"]}
REQUIRED = "This field is required."
NOT_TEXT = "Not a valid string."
BLANK = "This field may not be blank."
NULL = "This field may not be null."
ADDRESS = "Enter a valid email address."
CONTROL = "Must be one line, without control characters."
NUL = "Null characters are not allowed."
UNKNOWN = "Unknown property."
Serializer = type[serializers.Serializer[Any]]


def too_long(length: int) -> str:
    return f"Ensure this field has no more than {length} characters."


def validated(serializer: Serializer, data: Any) -> dict[str, Any]:
    checked = serializer(data=data)
    assert checked.is_valid(), checked.errors
    return dict(checked.validated_data)


@pytest.mark.parametrize(
    ("serializer", "data", "values"),
    [
        (
            Registration,
            {**PERSON, "firstName": " Anna\n", "other": 1},
            {"email": "anna@example.com", "first_name": "Anna", "last_name": "Müller", "password": PASSWORD},
        ),
        (EmailAddress, {"email": f"{'a' * 242}@example.com"}, {"email": f"{'a' * 242}@example.com"}),
        (ResetPassword, {"password": f" {PASSWORD} "}, {"password": f" {PASSWORD} "}),
        (ResetPassword, {"password": "ü7$kqzpw"}, {"password": "ü7$kqzpw"}),
        (ResetPassword, {"password": "ab" * 512}, {"password": "ab" * 512}),
        (RefreshToken, {"refresh": "x" * 4096}, {"refresh": "x" * 4096}),
        (OptionalRefreshToken, {}, {}),
        (ProfileChange, {}, {}),
        (ProfileChange, {"firstName": "🦉" * 100}, {"first_name": "🦉" * 100}),
        (NewKey, {"name": "x"}, {"name": "x"}),
        (NewKey, {"name": "x", "databases": None, "expires_at": None, "web": None}, None),
        (NewKey, {"name": "x", "databases": [ID] * 1000, "actions": ["read"] * 20}, None),
        (NewKey, {"name": "x", "web": {}}, None),
        (NewKey, {"name": "x", "web": WEB}, None),
        (NewKey, {"name": "x", "web": {"origins": [], "realtime": ["x" * 120] * 200}}, None),
        (
            NewKey,
            {"name": "x", "expires_at": "2099-01-01T01:00:00+01:00"},
            {"name": "x", "expires_at": datetime(2099, 1, 1, tzinfo=UTC)},
        ),
    ],
)
def test_what_is_accepted(serializer: Serializer, data: dict[str, Any], values: dict[str, Any] | None) -> None:
    """None stands for the data as they were sent."""
    assert validated(serializer, data) == (data if values is None else values)


@pytest.mark.parametrize(
    ("serializer", "data", "errors"),
    [
        (Registration, {}, dict.fromkeys(PERSON, [REQUIRED])),
        (
            Registration,
            {"email": "", "firstName": " ", "lastName": None, "password": ""},
            {"email": [BLANK], "firstName": [BLANK], "lastName": [NULL], "password": [BLANK]},
        ),
        *(
            (EmailAddress, {"email": value}, {"email": [ADDRESS]})
            for value in (5, True, [], {}, "anna", "a@b", "a b@c.de")
        ),
        (EmailAddress, {"email": f"{'a' * 243}@example.com"}, {"email": [too_long(254)]}),
        *((RefreshToken, {"refresh": value}, {"refresh": [NOT_TEXT]}) for value in (5, 1.5, True, [], {})),
        (RefreshToken, {"refresh": "x" * 4097}, {"refresh": [too_long(4096)]}),
        (OptionalRefreshToken, {"refresh": None}, {"refresh": [NULL]}),
        *(
            (ProfileChange, {"firstName": value}, {"firstName": [CONTROL]})
            for value in ("a\nb", "a\rb", "a\tb", "a\x01b", "a\x7fb", "a\u2028b", "a\u2029b", "a\x1bb")
        ),
        *(
            (ProfileChange, {"firstName": value}, {"firstName": [CONTROL]})
            for value in ("a\x80b", "a\x85b", "a\x9bb", "a\x9fb")
        ),
        (ProfileChange, {"lastName": "a\0b"}, {"lastName": [NUL]}),
        (ProfileChange, {"lastName": 5}, {"lastName": [NOT_TEXT]}),
        (ProfileChange, {"lastName": "x" * 101}, {"lastName": [too_long(100)]}),
        (
            ProfileChange,
            {"firstName": "Anna", "is_admin": True, "email": None},
            {name: ["This field cannot be changed."] for name in ("email", "is_admin")},
        ),
        (
            ProfileChange,
            {"firstName": 5, "lastName": "", "email": None},
            {"firstName": [NOT_TEXT], "lastName": [BLANK], "email": ["This field cannot be changed."]},
        ),
        (ProfileChange, [], {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
        (
            ResetPassword,
            {"password": "ü7$kqzp"},
            {"password": ["This password is too short. It must contain at least 8 characters."]},
        ),
        (ResetPassword, {"password": "password123"}, {"password": ["This password is too common."]}),
        (ResetPassword, {"password": "ab" * 512 + "c"}, {"password": [too_long(1024)]}),
        (ResetPassword, {"password": 12345678}, {"password": [NOT_TEXT]}),
    ],
)
def test_what_is_refused(serializer: Serializer, data: Any, errors: dict[str, Any]) -> None:
    checked = serializer(data=data)
    assert not checked.is_valid()
    assert checked.errors == errors


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({}, {"name": [REQUIRED]}),
        ({"name": 5}, {"name": [NOT_TEXT]}),
        ({"name": "a\nb"}, {"name": [CONTROL]}),
        ({"name": "x" * 101}, {"name": [too_long(100)]}),
        ({"name": "x", "é": 1, "Web": {}}, {"Web": [UNKNOWN], "é": [UNKNOWN]}),
        (
            {"name": 5, "web": {"verbs": 5, "a": 1}, "é": 1},
            {
                "name": [NOT_TEXT],
                "web": {"verbs": ['Expected a list of items but got type "int".'], "a": [UNKNOWN]},
                "é": [UNKNOWN],
            },
        ),
        ([], {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
        ({"name": "x", "databases": []}, {"databases": ["This list may not be empty."]}),
        ({"name": "x", "databases": ID}, {"databases": ['Expected a list of items but got type "str".']}),
        ({"name": "x", "databases": [ID, 5, ID + "0"]}, {"databases": {1: [NOT_TEXT], 2: [too_long(24)]}}),
        (
            {"name": "x", "databases": [ID] * 1001},
            {"databases": ["Ensure this field has no more than 1000 elements."]},
        ),
        ({"name": "x", "actions": None}, {"actions": [NULL]}),
        ({"name": "x", "actions": []}, {"actions": ["This list may not be empty."]}),
        ({"name": "x", "actions": ["x" * 11]}, {"actions": {0: [too_long(10)]}}),
        ({"name": "x", "actions": ["read"] * 21}, {"actions": ["Ensure this field has no more than 20 elements."]}),
        ({"name": "x", "web": {"origin": ["*"]}}, {"web": {"origin": [UNKNOWN]}}),
        ({"name": "x", "web": {"origins": [1]}}, {"web": {"origins": {0: [NOT_TEXT]}}}),
        ({"name": "x", "web": {"verbs": ["OPTIONS"]}}, {"web": {"verbs": {0: [too_long(6)]}}}),
        (
            {"name": "x", "web": {"origins": ["*"] * 51, "paths": "/films"}},
            {
                "web": {
                    "origins": ["Ensure this field has no more than 50 elements."],
                    "paths": ['Expected a list of items but got type "str".'],
                }
            },
        ),
    ],
)
def test_a_new_key_that_is_refused(data: Any, errors: dict[str, Any]) -> None:
    checked = NewKey(data=data)
    assert not checked.is_valid()
    assert checked.errors == errors


def test_an_expiry_that_is_not_a_time_is_refused() -> None:
    checked = NewKey(data={"name": "x", "expires_at": "tomorrow"})
    assert not checked.is_valid()
    assert [*checked.errors] == ["expires_at"]


def test_a_password_is_never_part_of_a_response() -> None:
    assert set(Registration(PERSON | {"first_name": "Anna", "last_name": "Müller"}).data) == {*PERSON} - {
        "password"
    }


def test_the_actions_of_the_schema_are_those_of_the_engine() -> None:
    assert [*map(Action, ACTIONS)] == [*Action]
    assert max(map(len, ACTIONS)) <= 10
