"""What the web server's own log leaves out: addresses of WebSockets, whose query may hold a key."""

from __future__ import annotations

from logging import LogRecord


def has_no_address(record: LogRecord) -> bool:
    """Return whether a record of uvicorn has no address of a WebSocket."""
    return "WebSocket %s" not in str(record.msg)
