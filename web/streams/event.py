"""Events of a stream as values. A transport encodes them when it sends them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from engine.encoding import dumps

T = TypeVar("T")


@dataclass(frozen=True)
class Event:
    """An event. `data` is JSON, or one line of text unless `is_json`; a client resumes after `id`.

    The stream ends after an event that is `last`.
    """

    name: str
    data: bytes
    id: str = ""
    is_json: bool = True
    last: bool = False
    _encodings: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, name: str, data: Any, *, id: str = "", last: bool = False) -> Event:
        """Create an event whose data is a JSON value."""
        return cls(name, dumps(data), id, last=last)

    def encoded(self, encode: Callable[[Event], T]) -> T:
        """Return what `encode` makes of the event. Encodes once, however many subscribers share the event."""
        if encode not in self._encodings:
            self._encodings[encode] = encode(self)
        return cast(T, self._encodings[encode])


# The events of one send. An empty batch keeps the connection alive.
Batch = list[Event]


class Interrupted(Exception):
    """Ends a stream where events are missing: the client reads too slowly, or MongoDB no longer has them."""
