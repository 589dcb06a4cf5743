"""Messages of a stream become frames of a socket."""

from __future__ import annotations

import json
from typing import Any

import pytest

from web.sockets import frames
from web.streaming import Event


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([], []),
        ([Event("ping", b"2026-01-02T03:04:05Z")], [{"event": "ping", "data": "2026-01-02T03:04:05Z"}]),
        ([Event("post", {}, id="t1")], [{"event": "post", "id": "t1", "data": {}}]),
        (
            [
                Event("post", {"a": "x\n\ndata: y", "b: c": "\u00fc\u2028"}, id="t1"),
                Event("error", {"message": "No."}),
            ],
            [
                {"event": "post", "id": "t1", "data": {"a": "x\n\ndata: y", "b: c": "\u00fc\u2028"}},
                {"event": "error", "data": {"message": "No."}},
            ],
        ),
    ],
)
def test_frames(sent: list[Event], expected: list[Any]) -> None:
    assert [json.loads(frame) for frame in frames(b"".join(event.encode() for event in sent))] == expected
