"""Verification of tokens."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from django.conf import settings

from accounts import tokens
from engine import Unauthenticated

ACCESS = tokens.AccessClaims(user_id=1, session="5" * 32, generation=2)
CLAIMS = {
    "token_type": "access",
    "iss": "datacube",
    "aud": "datacube",
    "jti": "j",
    "user_id": 1,
    "sid": "5" * 32,
    "gen": 2,
}


def signed(key: str = settings.SECRET_KEY, algorithm: str = "HS256", **changes: Any) -> str:
    now = int(time.time())
    claims = {**CLAIMS, "iat": now, "exp": now + 3600, **changes}
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm)


def test_an_access_token_contains_its_claims() -> None:
    assert tokens.read_access(tokens.make_access(ACCESS)) == ACCESS
    assert tokens.read_access(signed()) == ACCESS


def test_a_refresh_token_has_an_id_of_its_own() -> None:
    text, claims = tokens.make_refresh("5" * 32)
    assert tokens.read_refresh(text) == claims
    assert claims.session == "5" * 32
    assert tokens.make_refresh("5" * 32)[1].jti != claims.jti


def test_tokens_live_as_long_as_the_settings_say() -> None:
    claims = jwt.decode(tokens.make_access(ACCESS), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == settings.ACCESS_TOKEN_MINUTES * 60
    assert jwt.get_unverified_header(tokens.make_access(ACCESS))["alg"] == "HS256"


@pytest.mark.parametrize(
    "text",
    [
        signed(key="another-key-that-is-long-enough-for-hs256"),
        signed(algorithm="HS512"),
        jwt.encode(CLAIMS, None, algorithm="none"),
        signed(iss="somebody"),
        signed(iss=None),
        signed(aud="somebody"),
        signed(aud=None),
        signed(exp=int(time.time()) - 1),
        signed(exp=None),
        signed(jti=None),
        signed(token_type="refresh"),
        signed(token_type=None),
        tokens.make_refresh("5" * 32)[0],
        "",
        "a.b.c",
        "é.é.é",
        signed() + "x",
        "x" * 100_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated, match=r"^Token is invalid or expired$"):
        tokens.read_access(text)


def test_an_access_token_does_not_refresh() -> None:
    with pytest.raises(Unauthenticated):
        tokens.read_refresh(tokens.make_access(ACCESS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (signed(), False),
        (signed("x" * 32), False),
        (signed(iss="https://other.example/"), True),
        (signed(iss=None), True),
        ("nobody", False),
        ("a.b.c", False),
        ("", False),
        (f"{'W1tb' * 1000}.{'W1tb' * 1000}.x", False),
    ],
)
def test_a_token_of_another_issuer_is_foreign(text: str, expected: bool) -> None:
    assert tokens.is_foreign(text) is expected


def test_a_token_that_is_too_long_is_not_decoded() -> None:
    with pytest.raises(Unauthenticated):
        tokens.is_foreign(signed(iss="x", padding="x" * tokens.MAX_LENGTH))
