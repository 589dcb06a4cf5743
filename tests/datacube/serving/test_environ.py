"""The WSGI environment of an ASGI scope."""

from __future__ import annotations

from typing import Any

from datacube.serving.environ import environ_of


def _scope(*headers: tuple[bytes, bytes], **members: Any) -> dict[str, Any]:
    plain = {"method": "GET", "path": "/é", "raw_path": b"/%C3%A9", "query_string": b"a=b", "http_version": "1.1"}
    return {**plain, "server": ("host", 80), "client": ("192.0.2.1", 5), "headers": headers, **members}


def test_the_request_line_and_the_addresses() -> None:
    environ = environ_of(_scope(), length=3)
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/é"
    assert (environ["REQUEST_METHOD"], environ["QUERY_STRING"], environ["CONTENT_LENGTH"]) == ("GET", "a=b", "3")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"], environ["REMOTE_ADDR"]) == ("host", "80", "192.0.2.1")


def test_headers() -> None:
    environ = environ_of(_scope((b"x-a", b"1"), (b"x-a", b"2"), (b"content-type", b"text/plain")))
    assert (environ["HTTP_X_A"], environ["CONTENT_TYPE"]) == ("1,2", "text/plain")


def test_the_length_is_that_of_the_body_that_was_read() -> None:
    assert environ_of(_scope((b"content-length", b"999")), length=3)["CONTENT_LENGTH"] == "3"


def test_a_header_with_an_underscore_cannot_stand_for_another_one() -> None:
    environ = environ_of(_scope((b"x_forwarded_for", b"192.0.2.9")))
    assert "HTTP_X_FORWARDED_FOR" not in environ


def test_a_unix_socket_has_no_addresses() -> None:
    environ = environ_of(_scope(server=None, client=None))
    assert (environ["SERVER_NAME"], environ["REMOTE_ADDR"]) == ("", "")
