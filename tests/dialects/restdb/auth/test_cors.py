"""Cross-origin requests: the preflight, the origins of a key, and the headers of an answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

import engine
from accounts.principal import Principal
from dialects.restdb.auth import cors
from tests.dialects.restdb.callers import api_key, browser_key

ORIGIN = "https://shop.example.com"
SHOP = browser_key(origins=(ORIGIN,))
READABLE = {
    "Vary": "Origin",
    "Access-Control-Allow-Origin": ORIGIN,
    "Access-Control-Expose-Headers": "X-Pagination, X-Request-ID, Retry-After",
}
HIDDEN = {"Vary": "Origin"}


def headers_of(response: HttpResponse) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name != "Content-Type"}


@pytest.mark.parametrize("origin", [ORIGIN, "http://[::1]:8000", "HTTP://LOCALHOST", f"https://{'a' * 253}"])
def test_a_preflight_is_answered_for_every_origin(origin: str) -> None:
    response = cors.preflight(origin, verbs="GET, POST")
    assert (response.status_code, response.content) == (204, b"")
    assert headers_of(response) == {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": cors.HEADERS,
        "Access-Control-Max-Age": "600",
    }


NO_ORIGINS = [
    "null",
    "*",
    "ftp://a.com",
    "https://",
    f"{ORIGIN}/",
    f"{ORIGIN} x",
    f"https://{'a' * 254}",
    "https://é",
]


@pytest.mark.parametrize("text", ["", *NO_ORIGINS])
def test_a_preflight_without_a_valid_origin_allows_nothing(text: str) -> None:
    response = cors.preflight(text, verbs="GET")
    assert (response.status_code, headers_of(response)) == (204, HIDDEN)


@pytest.mark.parametrize(
    ("origin", "principal"),
    [("", api_key()), ("", SHOP), (ORIGIN, SHOP), ("https://x.example.org", browser_key(origins=("*",)))],
)
def test_an_allowed_origin(origin: str, principal: Principal) -> None:
    cors.check(origin, principal)


@pytest.mark.parametrize(
    ("origin", "principal"),
    [
        (ORIGIN, api_key()),
        (ORIGIN, browser_key()),
        ("https://other.example.com", SHOP),
        ("http://shop.example.com", SHOP),
        ("null", SHOP),
        *((text, browser_key(origins=("*",))) for text in NO_ORIGINS),
    ],
)
def test_a_refused_origin(origin: str, principal: Principal) -> None:
    with pytest.raises(engine.Forbidden) as caught:
        cors.check(origin, principal)
    assert caught.value.message == (
        "This key may not be used by pages of other origins; make a browser key that names the origin."
    )


@pytest.mark.parametrize("base", ["https://data.example.com", "https://Data.example.com/team/data"])
def test_own_pages_of_the_service_may_use_every_key(settings: Any, base: str) -> None:
    settings.BASE_URL = base
    cors.check("https://data.example.com", api_key())
    assert cors.may_read("https://data.example.com", None)
    assert not cors.may_read(ORIGIN, None)


@pytest.mark.parametrize(
    ("origin", "principal", "expected"),
    [
        ("", None, {}),
        ("", SHOP, {}),
        (ORIGIN, None, READABLE),
        (ORIGIN, SHOP, READABLE),
        (ORIGIN, api_key(), HIDDEN),
        *((text, None, HIDDEN) for text in NO_ORIGINS),
        ("null", browser_key(origins=("*",)), HIDDEN),
    ],
)
def test_the_headers_of_an_answer(origin: str, principal: Principal | None, expected: dict[str, str]) -> None:
    assert cors.headers(origin, principal) == expected


@pytest.mark.parametrize(("principal", "expected"), [(None, READABLE), (SHOP, READABLE), (api_key(), HIDDEN)])
def test_headers_are_added_to_a_response(principal: Principal | None, expected: dict[str, str]) -> None:
    request = RequestFactory().get("/", headers={"Origin": ORIGIN})
    vars(request).update({} if principal is None else {"principal": principal})
    response = HttpResponse(b"kept")
    cors.allow(request, response)
    assert (headers_of(response), response.content) == (expected, b"kept")


def test_a_request_without_an_origin_gets_no_headers() -> None:
    request: Any = SimpleNamespace(META={}, principal=api_key())
    response = HttpResponse()
    cors.allow(request, response)
    assert headers_of(response) == {}
