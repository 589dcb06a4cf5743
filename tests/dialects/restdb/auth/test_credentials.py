"""Credentials of requests and streams, and the limits that a key sets for a user's token."""

from __future__ import annotations

import jwt
import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import RequestFactory

import engine
from accounts.principal import AccountPrincipal
from dialects.restdb.auth.credentials import RequestCredentials, _limited_by_key
from tests.dialects.restdb.callers import api_key, browser_key, external_user
from web.streams.request import StreamRequest

SECRET = "a secret of more than thirty-two bytes"
FOREIGN = jwt.encode({"iss": "https://issuer.example.com"}, SECRET)


@pytest.mark.parametrize(
    ("query", "headers", "expected"),
    [
        ("", {}, ("", "")),
        ("", {"x-apikey": "a"}, ("a", "")),
        ("apikey=b", {}, ("b", "")),
        ("apikey=b", {"x-apikey": "a"}, ("a", "")),
        ("apikey=b", {"x-apikey": ""}, ("b", "")),
        ("", {"x-apikey": " a "}, ("a", "")),
        ("", {"Authorization": "Api-Key c"}, ("c", "Api-Key c")),
        ("", {"Authorization": "API-KEY  c "}, ("c", "API-KEY  c ")),
        ("", {"Authorization": "Bearer t"}, ("", "Bearer t")),
        ("apikey=b", {"Authorization": "Api-Key c"}, ("b", "Api-Key c")),
        ("", {"x-apikey": "a", "Authorization": "Bearer t"}, ("a", "Bearer t")),
        ("rt-apikey=b&jwt=t", {}, ("", "")),
    ],
)
def test_credentials_of_a_request(query: str, headers: dict[str, str], expected: tuple[str, str]) -> None:
    credentials = RequestCredentials.of(RequestFactory().get(f"/?{query}", headers=headers))
    assert (credentials.key, credentials.authorization) == expected
    assert not credentials.key_limits_token


@pytest.mark.parametrize(
    ("query", "headers", "authorization", "expected"),
    [
        ("", {}, None, ("", "", False)),
        ("apikey=b", {}, None, ("b", "", True)),
        ("apikey=b&rt-apikey=c", {}, None, ("c", "", True)),
        ("apikey=b&rt-apikey=c", {"x-apikey": "a"}, None, ("a", "", True)),
        ("jwt=t", {}, None, ("", "Bearer t", False)),
        ("jwt=t&apikey=b", {}, "Bearer u", ("b", "Bearer t", True)),
        ("jwt=", {}, "Bearer u", ("", "Bearer u", False)),
        ("", {}, "Api-Key c", ("c", "Api-Key c", True)),
    ],
)
def test_credentials_of_a_stream(
    query: str, headers: dict[str, str], authorization: str | None, expected: tuple[str, str, bool]
) -> None:
    request = StreamRequest(QueryDict(query), authorization, "", headers=headers)
    credentials = RequestCredentials.of_stream(request)
    assert (credentials.key, credentials.authorization, credentials.key_limits_token) == expected


@pytest.mark.parametrize(
    ("credentials", "text"),
    [
        (RequestCredentials(), "Authentication credentials were not provided."),
        (RequestCredentials(authorization="  "), "Authentication credentials were not provided."),
        (RequestCredentials("not a key"), "Invalid API Key."),
        (RequestCredentials("not a key", f"Bearer {FOREIGN}"), "Invalid API Key."),
        (
            RequestCredentials("not a key", f"Bearer {FOREIGN}", key_limits_token=True),
            "Token is invalid or expired",
        ),
        (RequestCredentials("", f"Bearer {FOREIGN}"), "Token is invalid or expired"),
        (
            RequestCredentials(authorization="Basic x"),
            "The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'.",
        ),
    ],
)
def test_refused_credentials(credentials: RequestCredentials, text: str) -> None:
    with pytest.raises(engine.Unauthenticated) as caught:
        credentials.principal("no name!")
    assert caught.value.message == text


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (f"Bearer {FOREIGN}", FOREIGN),
        (f"bearer   {FOREIGN}", FOREIGN),
        (f"Bearer {jwt.encode({'iss': settings.SIMPLE_JWT['ISSUER']}, SECRET)}", ""),
        (f"Api-Key {FOREIGN}", ""),
        (f"Bearer {FOREIGN} x", ""),
        ("Bearer not-a-token", ""),
        ("Bearer", ""),
        (None, ""),
    ],
)
def test_only_tokens_of_other_issuers_are_foreign(authorization: str | None, expected: str) -> None:
    assert RequestCredentials(authorization=authorization)._foreign_token() == expected


USER = external_user(origins=("https://own.example.com",), realtime=("POST:orders", "chat"), paths=("/orders",))


@pytest.mark.parametrize(
    ("key", "origins", "realtime"),
    [
        (api_key(), (), ("POST:orders", "chat")),
        (browser_key(origins=("*",), realtime=("chat", "news")), ("*",), ("chat",)),
        (browser_key(), (), ()),
    ],
)
def test_a_key_limits_subscriptions_and_origins_of_a_user(
    key: AccountPrincipal, origins: tuple[str, ...], realtime: tuple[str, ...]
) -> None:
    limited = _limited_by_key(USER, key)
    assert (limited.browser_scope.origins, limited.browser_scope.realtime) == (origins, realtime)
    assert (limited.email, limited.browser_scope.paths) == (USER.email, ("/orders",))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (api_key(frozenset()), engine.Unauthenticated("Invalid API Key.")),
        (api_key(frozenset({engine.Action.INSERT})), engine.Forbidden("This key may not read.")),
    ],
)
def test_a_key_that_cannot_read_is_refused(key: AccountPrincipal, expected: engine.Error) -> None:
    with pytest.raises(type(expected)) as caught:
        _limited_by_key(USER, key)
    assert caught.value.message == expected.message
