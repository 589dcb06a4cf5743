"""What a surface streams: who may receive it, what it sends, and how its events look."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from engine.events import Token
from engine.handles import ChangeEvent, ChangeFeed
from web.streams.event import Event


@dataclass(frozen=True, kw_only=True)
class Access:
    """The result of an authorization. Without `feed` a source is only polled.

    `principal` is the caller, where each subscription counts for its limits.
    """

    feed: ChangeFeed | None = None
    principal: Any = None


A = TypeVar("A", bound=Access)


class Source(ABC, Generic[A]):
    """A surface's side of a subscription, made for one request.

    Subscribers whose sources have equal keys share a channel: the source of the first one authorizes and encodes
    for all of them. A source that keeps state has a key of its own.
    """

    key: Hashable
    # Position after which missed events are sent; None: only what happens from now on.
    since: Token | None = None
    # Seconds between two authorizations, each followed by a poll.
    interval_seconds = 1.0
    # Seconds to collect events before they are sent, so that a burst is sent at once.
    batch_seconds = 0.0
    # Seconds until a ping. Without `pings_when_busy` events delay it.
    ping_seconds = 10.0
    pings_when_busy = False
    # The stream continues where events are missing, instead of ending so that the client resumes.
    lossy = False

    # Called in a thread; may block.

    @abstractmethod
    def authorize(self) -> A:
        """Check the credentials. Raises an `engine.Error`, which refuses the subscription or ends the stream."""

    def poll(self, access: A) -> Sequence[Event]:
        """Return the events since the last call. Called when the stream begins and after each authorization."""
        return ()

    def change(self, change: ChangeEvent, *, access: A) -> Event | None:
        """Encode a change; None if it is not sent. Called in the change stream's thread: must not block."""
        return None

    # Called in the event loop; must not block.

    def admit(self, access: A) -> None:
        """Raise an `engine.Error` if this request may not subscribe although its credentials are valid."""

    @abstractmethod
    def ready(self, access: A, *, position: Token | None) -> Event:
        """Return the first event. `position` is that of the feed; no change after it is missed."""

    def ping(self) -> Event | None:
        """Return an event that keeps the connection alive; None for what the transport has for this."""
        return None

    def gap(self, position: Token) -> Event | None:
        """Return the last event of a stream that ends because events are missing after `position`."""
        return None
