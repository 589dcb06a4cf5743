"""Routing of streams, and the encoding of messages."""

from __future__ import annotations

import pytest

from web.streaming import Event, Routes, Stream


def nothing(request):
    raise NotImplementedError


ONE, OTHER = (Stream(nothing, envelope=lambda error: {}) for _ in range(2))
ROUTES = Routes({"/api/events": ONE, "/db/{database}/realtime": OTHER})


@pytest.mark.parametrize(
    ("path", "stream"),
    [
        ("/api/events", ONE),
        ("/api/events/", ONE),
        ("/db/crm/realtime", OTHER),
        ("/db/a.b-c/realtime/", OTHER),
        ("/db//realtime", None),
        ("/db/a/b/realtime", None),
        ("/db/crm/realtime/x", None),
        ("/x/db/crm/realtime", None),
        ("/", None),
    ],
)
def test_which_stream_answers(path: str, stream: Stream | None) -> None:
    assert ROUTES.at(path) is stream
    assert list(ROUTES) == ["/api/events", "/db/{database}/realtime"]


@pytest.mark.parametrize(
    ("event", "sent"),
    [
        (Event("change", {"a": "\n"}, id="7"), b'event: change\nid: 7\ndata: {"a":"\\n"}\n\n'),
        (Event("ping", b"2026-01-01T00:00:00Z"), b"event: ping\ndata: 2026-01-01T00:00:00Z\n\n"),
    ],
)
def test_messages(event: Event, sent: bytes) -> None:
    assert event.encode() == sent
