"""The defaults of a source, which a surface may leave as they are."""

from __future__ import annotations

import dataclasses

import pytest

from engine.events import Token
from tests.web.streams.memory import MemoryFeed, change_of, token
from web.streams.event import Event
from web.streams.source import Access, Source


class MinimalSource(Source[Access]):
    """A source with nothing but what it must have."""

    key = "key"

    def authorize(self) -> Access:
        return Access()

    def ready(self, access: Access, *, position: Token | None) -> Event:
        return Event.of("ready", None)


def test_a_minimal_source_sends_only_its_first_event() -> None:
    source = MinimalSource()
    access = source.authorize()
    assert access.feed is None
    assert source.admit(access) is None  # type: ignore[func-returns-value]
    assert list(source.poll(access)) == []
    assert source.change(change_of(1), access=access) is None
    assert source.ping() is None
    assert source.gap(token(1)) is None
    assert source.ready(access, position=None) == Event.of("ready", None)


def test_a_minimal_source_sends_new_events_at_once_and_does_not_lose_any() -> None:
    source = MinimalSource()
    assert source.since is None
    assert (source.batch_seconds, source.lossy, source.pings_when_busy) == (0.0, False, False)
    assert 0 < source.interval_seconds < source.ping_seconds


def test_a_source_must_authorize_and_begin() -> None:
    class Incomplete(Source[Access]):
        key = "key"

    with pytest.raises(TypeError, match=r"abstract methods '?authorize'?(, | and )'?ready'?"):
        Incomplete()  # type: ignore[abstract]


def test_an_access_names_its_feed_and_does_not_change() -> None:
    feed = MemoryFeed()
    access = Access(feed=feed)  # type: ignore[arg-type]
    assert access.feed is feed
    with pytest.raises(dataclasses.FrozenInstanceError):
        access.feed = None  # type: ignore[misc]
    with pytest.raises(TypeError):
        Access(feed)  # type: ignore[misc, arg-type]
