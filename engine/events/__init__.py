"""Change events and the stream that delivers them."""

from engine.events.change_stream import ChangeStream, WatchedCollection
from engine.events.event import Moved, RawChange, Token

__all__ = [
    "Moved",
    "RawChange",
    "WatchedCollection",
    "ChangeStream",
    "Token",
]
