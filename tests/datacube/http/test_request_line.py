"""Addresses that clients send without encoding."""

from __future__ import annotations

import pytest

from datacube.http.request_line import is_plain, quoted


@pytest.mark.parametrize(
    "line", [b"GET / HTTP/1.1\r\n", b"POST /a%20b?c=[1] HTTP/1.0\r\n", b"GET /a HTTP/1.1\nHost: x"]
)
def test_plain_lines(line: bytes) -> None:
    assert is_plain(line)
    assert quoted(line) == line


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        (b'GET /?q={"a": 1} HTTP/1.1\r\nHost: x', b"GET /?q=%7B%22a%22:%201%7D HTTP/1.1\r\nHost: x"),
        ("GET /é HTTP/1.1\r\n".encode(), b"GET /%C3%A9 HTTP/1.1\r\n"),
        (b"GET /a|b^c HTTP/1.1\r\n", b"GET /a%7Cb%5Ec HTTP/1.1\r\n"),
        (b"GET /100%25 x HTTP/1.1\r\n", b"GET /100%25%20x HTTP/1.1\r\n"),
    ],
)
def test_other_characters_are_quoted(line: bytes, changed: bytes) -> None:
    assert not is_plain(line)
    assert quoted(line) == changed
    assert is_plain(changed)


@pytest.mark.parametrize(
    "line", [b"", b"GET", b"GET / HTTP/1.1", b"get / HTTP/1.1\r\n", b"GET /\x00 HTTP/1.1\r\n", b"\x16\x03\x01"]
)
def test_what_is_not_a_request_line(line: bytes) -> None:
    assert quoted(line) == b""
