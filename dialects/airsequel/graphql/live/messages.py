"""Messages of graphql-transport-ws, and the codes with which a socket is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

import engine
from engine.encoding import dumps, loads

PROTOCOL = "graphql-transport-ws"
_MAX_ID_LENGTH = 200
_ENVELOPE_DEPTH = 3
BAD_MESSAGE, UNAUTHORIZED, NO_PROTOCOL, NO_INIT = 4400, 4401, 4406, 4408
DUPLICATE, SECOND_INIT = 4409, 4429


class SocketClosed(Exception):
    """The socket is closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class SocketMessage:
    """A message of a client."""

    type: str
    id: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> SocketMessage:
        """Parse a frame. Raises `SocketClosed` for one that is no message."""
        try:
            value = loads(text.encode(), depth=settings.MAX_DEPTH + _ENVELOPE_DEPTH)
        except (engine.Invalid, engine.TooLarge, UnicodeEncodeError) as error:
            raise SocketClosed(BAD_MESSAGE, "A message must be a JSON object.") from error
        match value:
            case {"type": str(kind)}:
                return cls(kind, _id(value), _payload(value))
            case _:
                raise SocketClosed(BAD_MESSAGE, "A message must be a JSON object with a type.")


def _id(value: Mapping[str, Any]) -> str:
    id = value.get("id", "")
    if not isinstance(id, str) or len(id) > _MAX_ID_LENGTH:
        raise SocketClosed(BAD_MESSAGE, f"id must be text of at most {_MAX_ID_LENGTH} characters.")
    return id


def _payload(value: Mapping[str, Any]) -> Mapping[str, Any]:
    payload = value.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise SocketClosed(BAD_MESSAGE, "payload must be an object.")
    return payload or {}


def encode(kind: str, *, id: str = "", payload: bytes = b"") -> str:
    """Return a message of the service; `payload` is JSON."""
    head = dumps({"type": kind, "id": id} if id else {"type": kind})
    return (head if not payload else head[:-1] + b',"payload":' + payload + b"}").decode()
