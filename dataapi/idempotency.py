"""Runs a write once for each `Idempotency-Key`, and sends its stored response to repeated requests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
from accounts.authentication import caller_of
from engine.encoding import dumps
from engine.write import run_idempotent
from web.errors import KeyReused
from web.views import json_response

_KEY = re.compile(r"[ -~]{1,200}")
_REUSED = "This Idempotency-Key was used for another request."


@dataclass(frozen=True)
class WriteResponse:
    """The response to a write, before it is sent or stored."""

    content: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_http(self) -> HttpResponse:
        return _with_headers(json_response(self.content, status=self.status), self.headers)

    def as_stored(self) -> dict[str, Any]:
        return {"status": self.status, "headers": dict(self.headers), "body": dumps(self.content)}


def respond_once(
    request: HttpRequest, collection: engine.Collection, work: Callable[[engine.Collection], WriteResponse]
) -> HttpResponse:
    """Return the response of `work`, or the stored response where the request's `Idempotency-Key` was used before.

    `work` gets the collection to write to and may run more than once. Raises `KeyReused` for a key of another
    request.
    """
    key = _idempotency_key(request.META.get("HTTP_IDEMPOTENCY_KEY"))
    if key is None:
        return work(collection).as_http()
    fingerprint = _hash(request.body, request.META.get("HTTP_IF_MATCH", "").encode())
    name = _scoped_key(request, key)
    outcome = run_idempotent(
        collection, name, fingerprint=fingerprint, work=lambda target: work(target).as_stored()
    )
    if outcome.fingerprint != fingerprint:
        raise KeyReused.of_field("Idempotency-Key", _REUSED)
    response = HttpResponse(
        outcome.answer["body"],
        status=outcome.answer["status"],
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
    replay_header = {"Idempotency-Replayed": "true"} if outcome.replayed else {}
    return _with_headers(response, {**outcome.answer["headers"], **replay_header})


def _idempotency_key(text: str | None) -> str | None:
    """Return the header, or None where it is absent. Raises `Invalid` for a malformed one."""
    if text is not None and not _KEY.fullmatch(text):
        raise engine.Invalid.of_field("Idempotency-Key", "Must be 1 to 200 printable ASCII characters.")
    return text


def _scoped_key(request: HttpRequest, key: str) -> str:
    """Return the name that the key is stored under: a key is valid for one team and one route."""
    principal = caller_of(request)
    route = f"{request.method} {request.path.rstrip('/')}"
    return _hash(str(principal.home_team).encode(), route.encode(), key.encode())


def _hash(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _with_headers(response: HttpResponse, headers: Mapping[str, str]) -> HttpResponse:
    for name, value in headers.items():
        response.headers[name] = value
    return response
