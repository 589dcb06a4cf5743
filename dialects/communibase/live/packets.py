"""Packets of Engine.IO 3 and Socket.IO 2 as text, and the payloads of long polling that carry them.

Source: engine.io-protocol revision 3, socket.io-protocol revision 4, and what engine.io-client 3.5 sends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

import engine
from engine.encoding import dumps, loads

CLOSE, PING, PONG, UPGRADE, NOOP = "1", "2", "3", "5", "6"
CONNECTED, DISCONNECTED = "40", "41"
MAX_PAYLOAD_BYTES = 16 * 1024
MAX_PAYLOAD_PACKETS = 100
_MAX_LENGTH_DIGITS = 6
_MAX_EVENT_DEPTH = 8
_EVENT = re.compile(r"42(?:/[^,]*,)?[0-9]*(\[.*\])", re.DOTALL)
_ESCAPED_NEWLINE = re.compile(r"(\\)?\\n")
_MALFORMED = "The payload is malformed: it must be `<length>:<packet>`, repeated."
_LONG = f"A payload has at most {MAX_PAYLOAD_BYTES} bytes and {MAX_PAYLOAD_PACKETS} packets."


def opened(handshake: Mapping[str, Any]) -> str:
    """Return the packet that opens a session."""
    return "0" + dumps(handshake).decode()


def event(name: str, *arguments: str) -> str:
    """Return the packet of an event."""
    return "42" + dumps([name, *arguments]).decode()


def error(message: str) -> str:
    """Return the packet that a client reports as `error`; the session stays open."""
    return "44" + dumps(message).decode()


def event_of(packet: str) -> list[Any] | None:
    """Return the name and the arguments of an event packet; None for other packets and malformed events."""
    match = _EVENT.fullmatch(packet)
    if match is None:
        return None
    try:
        content = loads(match[1].encode(), depth=_MAX_EVENT_DEPTH)
    except engine.Error:
        return None
    return content if isinstance(content, list) and content and isinstance(content[0], str) else None


def encode(packets: Iterable[str]) -> bytes:
    """Encode packets as a payload; lengths count UTF-16 units, as JavaScript does."""
    return "".join(f"{len(packet.encode('utf-16-le')) // 2}:{packet}" for packet in packets).encode()


def decode(payload: bytes) -> list[str]:
    """Decode a payload, textual or binary. Raises `Invalid`, and `TooLarge` above the maxima."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise engine.TooLarge(_LONG)
    try:
        packets = _decode_binary(payload) if payload.startswith(b"\0") else _decode_text(payload)
    except ValueError as error:
        raise engine.Invalid(_MALFORMED) from error
    if not packets or "" in packets:
        raise engine.Invalid(_MALFORMED)
    return packets


def as_script(payload: bytes, *, callback: str) -> bytes:
    """Return JavaScript that calls a page's callback of that number with a payload (JSONP)."""
    text = dumps(payload.decode()).decode()
    # Line ends in JavaScript before ES2019, but not in JSON.
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"___eio[{callback}]({text});".encode()


def of_form(body: bytes) -> bytes:
    """Return the payload in the field `d` of a form (JSONP). Raises `Invalid`, and `TooLarge` above the maximum.

    The client escapes newlines, which browsers change in forms.
    """
    if len(body) > MAX_PAYLOAD_BYTES:
        raise engine.TooLarge(_LONG)
    try:
        fields = parse_qs(body.decode("ascii"), errors="strict", max_num_fields=1)
    except ValueError as error:
        raise engine.Invalid(_MALFORMED) from error
    payload = fields.get("d", [""])[0]
    return _ESCAPED_NEWLINE.sub(lambda match: "\\n" if match[1] else "\n", payload).encode()


def _decode_text(payload: bytes) -> list[str]:
    units = payload.decode().encode("utf-16-le")
    packets: list[str] = []
    start = 0
    while start < len(units):
        head = units[start : start + 2 * _MAX_LENGTH_DIGITS + 2].decode("utf-16-le", "ignore")
        digits, colon, _ = head.partition(":")
        begin = start + 2 * len(digits + colon)
        start = begin + 2 * _length(digits)
        if not colon or start > len(units):
            raise ValueError("a packet is cut off")
        packets.append(units[begin:start].decode("utf-16-le"))
        _check_count(packets)
    return packets


def _decode_binary(payload: bytes) -> list[str]:
    """Decode packets that are framed in bytes: 0, the decimal digits of a length, 255, the text of the packet."""
    packets: list[str] = []
    start = 0
    while start < len(payload):
        end = payload.index(b"\xff", start)
        length = _length("".join(str(digit) for digit in payload[start + 1 : end]))
        if payload[start] != 0 or end + 1 + length > len(payload):
            raise ValueError("a packet is not text, or cut off")
        packets.append(payload[end + 1 : end + 1 + length].decode())
        _check_count(packets)
        start = end + 1 + length
    return packets


def _length(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MAX_LENGTH_DIGITS):
        raise ValueError("a length is no number")
    return int(digits)


def _check_count(packets: list[str]) -> None:
    if len(packets) > MAX_PAYLOAD_PACKETS:
        raise engine.TooLarge(_LONG)
