"""Answers a write, and gives the same answer to whoever sends it again under the same `Idempotency-Key`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
from accounts.principal import Principal
from dataapi.parsing.writes import idempotency_key
from web.errors import KeyReused
from web.views import json_response

_REUSED = "This Idempotency-Key was used for another request."


@dataclass(frozen=True)
class Answer:
    """What a write is answered with."""

    content: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> HttpResponse:
        return _with(json_response(self.content, status=self.status), self.headers)

    def kept(self) -> dict[str, Any]:
        return {"status": self.status, "headers": dict(self.headers), "body": engine.dumps(self.content)}


def answered(
    request: HttpRequest, collection: engine.Collection, work: Callable[[engine.Collection], Answer]
) -> HttpResponse:
    """Does the work, which may be called more than once, unless it was done under the request's key."""
    key = idempotency_key(request.META.get("HTTP_IDEMPOTENCY_KEY"))
    if key is None:
        return work(collection).response()
    fingerprint = _hashed(request.body, request.META.get("HTTP_IF_MATCH", "").encode())
    name = _name(request, key)
    found = engine.once(collection, name, fingerprint=fingerprint, work=lambda to: work(to).kept())
    if found.fingerprint != fingerprint:
        raise KeyReused.of_field("Idempotency-Key", _REUSED)
    response = HttpResponse(
        found.answer["body"],
        status=found.answer["status"],
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
    told = {"Idempotency-Replayed": "true"} if found.replayed else {}
    return _with(response, {**found.answer["headers"], **told})


def _name(request: HttpRequest, key: str) -> str:
    """A key counts for a team and a route."""
    principal: Principal = request.principal  # type: ignore[attr-defined]
    route = f"{request.method} {request.path.rstrip('/')}"
    return _hashed(str(principal.home_team).encode(), route.encode(), key.encode())


def _hashed(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _with(response: HttpResponse, headers: Mapping[str, str]) -> HttpResponse:
    for name, value in headers.items():
        response.headers[name] = value
    return response
