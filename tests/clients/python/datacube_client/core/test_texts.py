"""Lines and server-sent events, however the chunks divide them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from datacube_client.core.effects import Body, Emit, Read
from datacube_client.core.texts import EventParser, LineSplitter, ServerEvent, chunks, json_lines

EVENTS = b': a comment\n\nid: t1\nevent: change\ndata: {"a": "\xc3\xa9: x"}\n\nevent: gap\r\ndata: {}\r\n\r\n'


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_events(size: int) -> None:
    parser = EventParser()
    parts = [EVENTS[start : start + size] for start in range(0, len(EVENTS), size)]
    events = [event for part in parts for event in parser.feed(part)]
    assert events == [ServerEvent("change", {"a": "é: x"}), ServerEvent("gap", {})]


def test_an_event_that_is_cut_off_is_no_event() -> None:
    assert list(EventParser().feed(b'event: change\ndata: {"a": 1}\n')) == []


def test_the_last_line_needs_no_end() -> None:
    lines = LineSplitter()
    assert [*lines.feed(b"a\r\nb"), *lines.feed(b"c"), *lines.feed(b"")] == [b"a", b"bc"]
    assert lines.feed(b"") == []


def items(flow: Any, parts: list[bytes]) -> list[Any]:
    """Return the items of a stream that reads these chunks."""
    emitted, effect = [], next(flow)
    try:
        while True:
            if isinstance(effect, Emit):
                emitted.append(effect.item)
            effect = flow.send(parts.pop(0) if isinstance(effect, Read) else None)
    except StopIteration:
        return emitted


def test_json_lines_and_chunks() -> None:
    body = Body(httpx.Response(200), iter(()))
    assert items(json_lines(body), [b'{"a"', b': 1}\n\n{"b": 2}', b""]) == [{"a": 1}, {"b": 2}]
    assert items(chunks(body), [b"one", b"two", b""]) == [b"one", b"two"]
