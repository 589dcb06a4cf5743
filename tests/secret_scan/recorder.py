"""Records the credentials that the tests send and receive, for the scan after the run.

Each process appends to a file of its own below the home of the run. In a run without a service nothing is recorded.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

import httpx

from datacube.local import test_service

FOLDER = "recorded-secrets"
# Only the beginning of a body is read: credentials are in small ones.
_MAX_BODY = 256 * 1024
_NAMES = rb"(?:\w*(?:password|passwd|secret|token|api_?key|signature)\w*|key|access|refresh|challenge)"
_MEMBER = re.compile(rb'"(' + _NAMES + rb')"\s*:\s*"([^"\\]{12,8192})"', re.IGNORECASE)
_FIELD = re.compile(rb"(?:^|[?&\s])(" + _NAMES + rb")=([^&\s\"'<>\\]{12,8192})", re.IGNORECASE)
_HEADER = re.compile(r"authorization|cookie|key|token|secret", re.IGNORECASE)
_KEY = re.compile(rb"\bdc_[A-Za-z0-9]{8}_[A-Za-z0-9]{32}_[A-Za-z0-9]{6}\b|\bast_[A-Za-z0-9]{46}\b")
_JWT = re.compile(rb"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}")
_RECOVERY_CODE = re.compile(rb"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b")
_TOTP = re.compile(rb"\bsecret=([A-Z2-7]{16,})")
# A member `secret` of the REST dialect names an identity provider by its id.
_ID = re.compile(r"[0-9a-f]{24}")
# What is sent under the name of a credential and is one: mixed letters and digits, without spaces.
_TOKEN = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[\w.~+/=:-]{20,}", re.ASCII)
_recorded: set[tuple[str, str]] = set()


def record(kind: str, secret: str) -> None:
    """Record a secret that a test uses. `kind` is printed where the scan finds it, the secret never is."""
    if (kind, secret) in _recorded or test_service.URL not in os.environ:
        return
    _recorded.add((kind, secret))
    folder = Path(os.environ["DATACUBE_HOME"]) / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / str(os.getpid())).open("a") as file:
        file.write(json.dumps([kind, secret]) + "\n")


def recorded(home: Path) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each secret that the processes of a run have recorded."""
    for file in sorted((home / FOLDER).glob("*")):
        yield from (tuple(json.loads(line)) for line in file.read_text().splitlines())


def pytest_configure() -> None:
    """Record what every httpx client of this process sends and receives."""
    if test_service.URL in os.environ:
        install()


@functools.cache
def install() -> None:
    """Let the clients of httpx record the credentials of each request and its response."""
    send, send_async = httpx.Client.send, httpx.AsyncClient.send

    @functools.wraps(send)
    def recording(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        response = send(client, request, **options)
        record_exchange(request, response)
        return response

    @functools.wraps(send_async)
    async def recording_async(client: httpx.AsyncClient, request: httpx.Request, **options: Any) -> httpx.Response:
        response = await send_async(client, request, **options)
        record_exchange(request, response)
        return response

    httpx.Client.send, httpx.AsyncClient.send = recording, recording_async


def record_exchange(request: httpx.Request, response: httpx.Response) -> None:
    """Record the credentials in a request and in its response, which may still be a stream."""
    for kind, secret in (
        *_in_headers(request.headers),
        *_in_headers(response.headers),
        *in_text(urlsplit(str(request.url)).query.encode()),
        *_in_body(lambda: request.content),
        *_in_body(lambda: response.content),
    ):
        record(kind, secret)


def _in_body(content: Callable[[], bytes]) -> Iterator[tuple[str, str]]:
    try:
        body = content()
    except (httpx.RequestNotRead, httpx.ResponseNotRead):
        return
    yield from in_text(body[:_MAX_BODY])


def in_text(text: bytes) -> Iterator[tuple[str, str]]:
    """Yield kind and text of the credentials in JSON, in a form, in the parameters of an address or in a page."""
    for name, value in (*_MEMBER.findall(text), *_FIELD.findall(text)):
        if secret := _named(name.decode(), unquote_to_bytes(value.replace(b"+", b" ")).decode(errors="replace")):
            yield name.decode().lower(), secret
    for kind, pattern in (
        ("API key", _KEY),
        ("JWT", _JWT),
        ("TOTP secret", _TOTP),
        ("recovery code", _RECOVERY_CODE),
    ):
        yield from ((kind, match.decode()) for match in pattern.findall(text))


def _named(name: str, value: str) -> str:
    """Return the value of a member that is named like a credential, if it looks like one, or an empty text."""
    if name.lower() == "secret" and _ID.fullmatch(value):
        return ""
    return value if "passw" in name.lower() or _TOKEN.fullmatch(value) else ""


def _in_headers(headers: httpx.Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers.multi_items():
        if not _HEADER.search(name):
            continue
        if "cookie" in name:
            yield from (
                ("cookie", text) for _, text in parse_qsl(value.replace("; ", "&")) if _TOKEN.fullmatch(text)
            )
        else:
            yield from _in_credentials(name, value)


def _in_credentials(name: str, value: str) -> Iterator[tuple[str, str]]:
    scheme, _, text = value.rpartition(" ")
    if scheme.lower() == "basic":
        text = _password_of(text)
    if _TOKEN.fullmatch(text):
        yield name.lower(), text


def _password_of(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):  # a test of malformed credentials
        return ""
