"""The tenant that a request counts for when threads are shared, determined in the event loop without any I/O.

A credential names a tenant only after a request with it has succeeded in this process. Until then, and for invalid
or public credentials, the client's network address counts. So one tenant cannot use up another one's share.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from cachetools import TTLCache
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.principal import VisitorPrincipal, browser_scope_of
from datacube.serving.admission import Caller
from web.caller import caller_of
from web.throttling import address_of

TEAM = "datacube.team"
_CREDENTIALS = frozenset({b"authorization", b"x-apikey", b"x-api-key", b"x-access-token", b"cookie"})
_IN_QUERY = re.compile(rb"(?:^|&)(?:(?:rt-)?apikey|api_key|token)=([^&]*)")
_MAX_CREDENTIALS = 10_000
_TTL_SECONDS = 60


class Tenants:
    """The callers of recently valid credentials; used by the event loop alone."""

    def __init__(self) -> None:
        self._callers: TTLCache[bytes, Caller] = TTLCache(maxsize=_MAX_CREDENTIALS, ttl=_TTL_SECONDS)

    def caller_of(self, scope: Mapping[str, Any]) -> tuple[Caller, bytes]:
        """Return the caller, and the credential to `learn` where the caller is not known by it."""
        credentials = [value for name, value in scope["headers"] if name in _CREDENTIALS]
        if scope["query_string"]:
            credentials += _IN_QUERY.findall(scope["query_string"])
        if not credentials:
            return _by_address(scope), b""
        credential = blake2b(b"\0".join(credentials), digest_size=16).digest()
        caller = self._callers.get(credential)
        return (caller, b"") if caller else (_by_address(scope), credential)

    def learn(self, credential: bytes, team: int) -> None:
        """Cache the team that a credential belongs to."""
        self._callers[credential] = Caller(f"team {team}", is_verified=True)


def note_team(request: HttpRequest, response: HttpResponseBase, milliseconds: float) -> None:
    """Write the team of a verified caller into the WSGI environment; an observer of requests.

    A browser key counts by address, because it is public, and so does a visitor, whose credentials nobody checked.
    """
    principal = getattr(request, "principal", None)
    if principal is None or isinstance(principal, VisitorPrincipal):
        return
    if browser_scope_of(principal) is None:
        request.META[TEAM] = principal.home_team


def _by_address(scope: Mapping[str, Any]) -> Caller:
    return Caller(address_of(*caller_of(scope)))
