"""The exchange of codes, and every check of an id token."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any

import jwt
import pytest

from engine import Forbidden, Unavailable
from features.openid.services import provider as providers
from features.openid.services import tokens
from tests.features.openid.provider import CLIENT_ID, CLIENT_SECRET, FakeProvider, public_jwk

VERIFIER, NONCE, REDIRECT = "v" * 43, "the-nonce", "http://127.0.0.1:8000/dashboard/login/openid/callback"


def exchange(fake: FakeProvider, **changes: str) -> tokens.OpenIdClaims:
    fake.issued["the-code"] = {
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("="),
        "redirect_uri": REDIRECT,
        "nonce": NONCE,
    }
    values = {"code": "the-code", "verifier": VERIFIER, "nonce": NONCE, "redirect_uri": REDIRECT, **changes}
    return tokens.exchange(providers.read(), **values)


def test_a_valid_token(fake_provider: FakeProvider) -> None:
    claims = exchange(fake_provider)
    assert claims == tokens.OpenIdClaims(fake_provider.url, "u-1", "ada@example.com", "Ada", "")
    assert "client_secret" not in fake_provider.forms[0]


def test_the_secret_is_sent_in_the_body_where_the_provider_asks_for_it(fake_provider: FakeProvider) -> None:
    fake_provider.document = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    exchange(fake_provider)
    assert fake_provider.forms[0]["client_secret"] == CLIENT_SECRET


@pytest.mark.parametrize("changes", [{"code": "other"}, {"verifier": "w" * 43}, {"redirect_uri": "http://evil"}])
def test_what_the_provider_refuses(fake_provider: FakeProvider, changes: dict[str, str]) -> None:
    with pytest.raises(Unavailable):
        exchange(fake_provider, **changes)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://127.0.0.1/other"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": [CLIENT_ID, "other"]},
        {"aud": [CLIENT_ID, "other"], "azp": "other"},
        {"azp": "other"},
        {"exp": int(time.time()) - 600},
        {"exp": None},
        {"iat": None},
        {"iat": int(time.time()) + 10**8},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"sub": None},
        {"sub": 7},
        {"sub": ""},
        {"sub": "x" * 256},
    ],
)
def test_tokens_that_are_refused(fake_provider: FakeProvider, claims: dict[str, Any]) -> None:
    fake_provider.claims = claims
    with pytest.raises(Forbidden):
        exchange(fake_provider)


def test_several_audiences_with_this_client_as_the_party(fake_provider: FakeProvider) -> None:
    fake_provider.claims = {"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID}
    assert exchange(fake_provider).subject == "u-1"


@pytest.mark.parametrize("named", ["", "key-1"])
def test_a_key_that_is_not_the_providers_is_refused(fake_provider: FakeProvider, named: str) -> None:
    fake_provider.signing_key, fake_provider.named_key = "stranger", named
    with pytest.raises(Forbidden):
        exchange(fake_provider)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_algorithms_without_a_key_of_the_provider_are_refused(
    fake_provider: FakeProvider, monkeypatch, algorithm: str
) -> None:
    now = int(time.time())
    claims = {"iss": fake_provider.url, "aud": CLIENT_ID, "iat": now, "exp": now + 60, "nonce": NONCE, "sub": "u"}
    # The known attack signs with the public key as the secret.
    secret = "" if algorithm == "none" else public_jwk("key-1")["n"]
    forged = jwt.encode(claims, secret, algorithm, headers={"kid": "key-1"})
    monkeypatch.setattr(fake_provider, "id_token", lambda nonce: forged)
    with pytest.raises(Forbidden):
        exchange(fake_provider)


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "a" * 300_000])
def test_what_is_no_token(fake_provider: FakeProvider, monkeypatch, token: str) -> None:
    monkeypatch.setattr(fake_provider, "id_token", lambda nonce: token)
    with pytest.raises((Forbidden, Unavailable)):
        exchange(fake_provider)


@pytest.mark.parametrize("verified", [False, None, "false", 1, "yes"])
def test_an_address_that_the_provider_has_not_verified_is_none(fake_provider: FakeProvider, verified: Any) -> None:
    fake_provider.user["email_verified"] = verified
    assert exchange(fake_provider).email == ""


def test_the_address_comes_from_userinfo_where_the_token_has_none(fake_provider: FakeProvider) -> None:
    fake_provider.claims = {"email": None, "email_verified": None}
    fake_provider.userinfo = {"sub": "u-1", "email": "ada@example.com", "email_verified": True}
    assert exchange(fake_provider).email == "ada@example.com"
    fake_provider.userinfo["sub"] = "another"
    with pytest.raises(Forbidden):
        exchange(fake_provider)


def test_names_become_one_line(fake_provider: FakeProvider) -> None:
    fake_provider.claims = {"given_name": None, "name": "Ada\n\0 L" + "x" * 200, "family_name": 7}
    claims = exchange(fake_provider)
    assert (claims.first_name[:5], len(claims.first_name), claims.last_name) == ("Ada L", 100, "")
