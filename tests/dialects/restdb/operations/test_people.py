"""The declared operations of users, tokens and mails."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.restdb.operations.people import OPERATIONS


def described(name: str) -> dict[str, Any]:
    return next(operation for operation in OPERATIONS if operation.id == name).as_dict()


@pytest.mark.parametrize(
    ("name", "route", "status", "example"),
    [
        (
            "mail_send",
            "post /db/{database}/mail",
            "201",
            {"result": [{"email_outbound_id": "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"}]},
        ),
        (
            "auth_userinfo",
            "get /db/{database}/auth/userinfo",
            "200",
            {"_id": "60c72b2f9b1d8b1a2d3e4568", "email": "joe@example.com", "roles": ["customer"]},
        ),
        ("auth_jwt", "post /db/{database}/auth/jwt", "200", {"jwt": "eyJhbGciOi…"}),
        ("auth_logout", "post /db/{database}/auth/logout", "200", {"message": "OK"}),
    ],
)
def test_operations_and_their_answers(name: str, route: str, status: str, example: Any) -> None:
    (operation,) = (operation for operation in OPERATIONS if operation.id == name)
    assert f"{operation.verb} {operation.path}" == route
    responses = operation.as_dict()["responses"]
    assert [item for item in responses if item < "300"] == [status]
    assert responses[status]["content"]["application/json"]["example"] == example
    assert {} not in operation.security


def test_a_token_needs_an_issuer_and_claims() -> None:
    content = described("auth_jwt")["requestBody"]["content"]["application/json"]
    options = ["secret", "payload", "algorithm", "issuer", "audience", "subject", "expiresIn"]
    assert [*content["schema"]["properties"]] == options
    assert content["schema"]["required"] == ["secret", "payload"]
    assert (content["example"]["secret"], content["example"]["payload"]) == ("Auth0", {"email": "joe@example.com"})


def test_one_mail_or_many_are_sent() -> None:
    content = described("mail_send")["requestBody"]["content"]["application/json"]
    assert content["schema"] == {"oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}
    assert {"to", "subject", "html"} <= {*content["example"]}


@pytest.mark.parametrize("name", ["auth_userinfo", "auth_logout"])
def test_operations_without_a_body(name: str) -> None:
    assert "requestBody" not in described(name)
