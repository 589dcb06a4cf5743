"""What the web server's own log leaves out."""

from __future__ import annotations

import logging

import pytest

from datacube.http.log_filter import has_no_address


@pytest.mark.parametrize(
    ("message", "logged"),
    [
        ('%s - "WebSocket %s" [accepted]', False),
        ('%s - "WebSocket %s" 403', False),
        ("Child process [7] died", True),
        ("%sWebSocket connection made", True),
    ],
)
def test_addresses_of_websockets_are_not_logged(message: str, logged: bool) -> None:
    record = logging.LogRecord("uvicorn.error", logging.INFO, "", 0, message, ("127.0.0.1:5", "/x?api_key=k"), None)
    assert has_no_address(record) == logged
