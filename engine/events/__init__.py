"""Change events and the stream that delivers them."""

from engine.events.change_stream import Source, Tail
from engine.events.event import Event, Token

__all__ = [
    "Event",
    "Source",
    "Tail",
    "Token",
]
