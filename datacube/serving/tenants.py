"""Who a request counts for when threads are shared out, found in the event loop without any I/O.

A credential names a tenant only after a request with it succeeded in this process: until then, and for whatever is
wrong, invented or public, the caller's network address counts. So nobody can use up another tenant's share.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from cachetools import TTLCache
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from datacube.serving.admission import Caller
from web.throttling import address_of

TEAM = "datacube.team"
_CREDENTIALS = frozenset({b"authorization", b"x-apikey", b"cookie"})
_IN_QUERY = re.compile(rb"(?:^|&)(?:rt-)?apikey=([^&]*)")
_MAX_CREDENTIALS = 10_000
_SECONDS = 60


class Tenants:
    """The callers of the credentials that were good lately; used by the event loop alone."""

    def __init__(self) -> None:
        self._callers: TTLCache[bytes, Caller] = TTLCache(maxsize=_MAX_CREDENTIALS, ttl=_SECONDS)

    def caller_of(self, scope: Mapping[str, Any]) -> tuple[Caller, bytes]:
        """Return the caller, and the credential to `learn` where the caller is not known by it."""
        found = [value for name, value in scope["headers"] if name in _CREDENTIALS]
        if b"apikey=" in scope["query_string"]:
            found += _IN_QUERY.findall(scope["query_string"])
        if not found:
            return _by_address(scope), b""
        credential = blake2b(b"\0".join(found), digest_size=16).digest()
        caller = self._callers.get(credential)
        return (caller, b"") if caller else (_by_address(scope), credential)

    def learn(self, credential: bytes, team: int) -> None:
        """Remember which team a credential belongs to."""
        self._callers[credential] = Caller(f"team {team}", is_verified=True)


def note_team(request: HttpRequest, response: HttpResponseBase, milliseconds: float) -> None:
    """Write the team of a verified caller into the WSGI environment; an observer of requests.

    A key that lies open in web pages counts by address: everybody has it.
    """
    principal = getattr(request, "principal", None)
    if principal is not None and not (principal.scope and principal.scope.web):
        request.META[TEAM] = principal.home_team


def _by_address(scope: Mapping[str, Any]) -> Caller:
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
    peer = (scope.get("client") or ("",))[0]
    return Caller(address_of(peer, forwarded))
