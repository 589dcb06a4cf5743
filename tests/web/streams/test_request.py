"""The request of an ASGI scope."""

from __future__ import annotations

from web.streams.request import StreamRequest


def test_repeated_headers_are_joined() -> None:
    headers = [(b"authorization", b"a"), (b"authorization", b"b"), (b"last-event-id", b"7"), (b"cookie", b"x=1")]
    scope = {"headers": headers, "query_string": b"q=1&q=2", "path": "/a b", "raw_path": b"/a%20b"}
    request = StreamRequest.of_scope(scope)
    assert (request.authorization, request.last_event_id) == ("a,b", "7")
    assert (request.path, request.raw_path, request.cookies) == ("/a b", "/a%20b", {"x": "1"})
    assert request.query.getlist("q") == ["1", "2"]
