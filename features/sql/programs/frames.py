"""Frames between the service and a program: four bytes with the length of the content, then the content.

The service sends `marshal`. A program is not trusted, so it sends JSON, or bytes that nobody parses.
"""

from __future__ import annotations

import json
import marshal
import struct
import sys
from typing import Any


def receive() -> Any:
    """Return the next message of the service; ends the program when the service has ended."""
    (length,) = struct.unpack(">I", _read(4))
    return marshal.loads(_read(length))  # noqa: S302 - the service sends it


def send(message: dict[str, Any]) -> None:
    send_content(json.dumps(message).encode())


def send_content(content: bytes | memoryview) -> None:
    sys.stdout.buffer.write(struct.pack(">I", len(content)))
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _read(length: int) -> bytes:
    content = sys.stdin.buffer.read(length)
    if len(content) != length:
        sys.exit()
    return content
