"""Credentials of a socket, which are those of a request, or none where a setting allows this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from accounts.principal import Principal
from dialects.communibase.credentials import principal_of
from engine import Action
from web.streams.request import StreamRequest
from web.throttling import address_of

_HEADERS = {
    "x-api-key": "HTTP_X_API_KEY",
    "x-access-token": "HTTP_X_ACCESS_TOKEN",
    "authorization": "HTTP_AUTHORIZATION",
}
_PARAMETERS = ("api_key", "token")


@dataclass(frozen=True)
class SocketCredentials:
    """What headers and query say. Sockets whose credentials are equal share a channel."""

    headers: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    parameters: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, request: StreamRequest) -> SocketCredentials:
        """Read the credentials of a request."""
        headers = {name: request.headers.get(header, "") for header, name in _HEADERS.items()}
        parameters = {name: request.query.get(name, "") for name in _PARAMETERS}
        return cls(_present(headers), _present(parameters))

    def principal(self) -> Principal:
        """Return who listens. Raises `Unauthenticated`, and `Forbidden` for a browser key.

        Without credentials it may learn which documents of any database change, where a setting allows this.
        """
        if settings.COMMUNIBASE_SOCKETS_WITHOUT_KEY and not self.headers and not self.parameters:
            return AnonymousListener(actor="", home_team=0)
        return principal_of(dict(self.headers), dict(self.parameters))


class AnonymousListener(Principal):
    """Someone without a key, who may learn which documents change in a database whose id they know."""

    def actions(self, *, team_id: int, database_id: str) -> frozenset[Action]:
        return frozenset({Action.READ})


def owner_of(credentials: SocketCredentials, request: StreamRequest, scope: Mapping[str, Any]) -> str:
    """Return whose a session is: a team's, or that of an address without credentials."""
    principal = credentials.principal()
    if principal.home_team:
        return f"team {principal.home_team}"
    peer = (scope.get("client") or ("",))[0]
    return f"address {address_of(peer, request.headers.get('x-forwarded-for', ''))}"


def _present(texts: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((name, text) for name, text in texts.items() if text)
