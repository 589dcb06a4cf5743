"""Headers that let pages of other origins read the answers of sockets."""

from __future__ import annotations

import pytest
from django.http import HttpResponse, QueryDict

from dialects.communibase.live.cors import allow
from web.streams.request import StreamRequest

ORIGIN = "https://app.example"
OF_ORIGIN = {
    "Access-Control-Allow-Origin": ORIGIN,
    "Access-Control-Allow-Credentials": "true",
    "Vary": "Origin",
}
OF_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, x-api-key, x-access-token",
    "Access-Control-Max-Age": "86400",
}


@pytest.mark.parametrize(
    ("headers", "added"),
    [
        ({}, {}),
        ({"origin": ""}, {}),
        ({"access-control-request-method": "POST"}, {}),
        ({"origin": ORIGIN}, OF_ORIGIN),
        ({"origin": "null"}, {**OF_ORIGIN, "Access-Control-Allow-Origin": "null"}),
        ({"origin": ORIGIN, "access-control-request-method": "POST"}, OF_ORIGIN | OF_PREFLIGHT),
    ],
)
def test_headers_of_an_origin(headers: dict[str, str], added: dict[str, str]) -> None:
    response = HttpResponse(b"ok", content_type="text/plain")
    assert allow(StreamRequest(QueryDict(""), None, "", headers=headers), response) is response
    assert dict(response.items()) == {"Content-Type": "text/plain", **added}
    assert response.content == b"ok"


def test_no_answer_is_for_every_origin() -> None:
    """A browser refuses `*` together with credentials, and a cache must not mix origins."""
    response = allow(StreamRequest(QueryDict(""), None, "", headers={"origin": ORIGIN}), HttpResponse())
    assert response["Access-Control-Allow-Origin"] == ORIGIN
    assert response["Vary"] == "Origin"
