"""Change events and the stream that delivers them."""

from engine.events.change_stream import ChangeStream, Source
from engine.events.event import RawChange, Token

__all__ = [
    "RawChange",
    "Source",
    "ChangeStream",
    "Token",
]
