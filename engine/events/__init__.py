"""Change events and the stream that delivers them."""

from engine.events.change_stream import ChangeStream, WatchedCollection
from engine.events.event import RawChange, Token

__all__ = [
    "RawChange",
    "WatchedCollection",
    "ChangeStream",
    "Token",
]
