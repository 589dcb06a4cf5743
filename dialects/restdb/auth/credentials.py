"""Credentials of a request: an API key, a token of this service, or a token of an issuer of the database."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest

import accounts.services
import engine
from accounts.authentication import authenticate
from accounts.principal import AccountPrincipal, ExternalUserPrincipal, Principal, browser_scope_of
from identity.services import principal_of_external_user
from web.streams.request import StreamRequest

_KEYWORD, _BEARER = "api-key", "bearer"


@dataclass(frozen=True)
class RequestCredentials:
    """The credentials of a request; a header takes precedence over the query.

    With `key_limits_token` the key limits what the bearer of an issuer's token may subscribe to; otherwise a key is
    used alone.
    """

    key: str = ""
    authorization: str | None = None
    key_limits_token: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> RequestCredentials:
        """Read the credentials of a request."""
        headers = request.META
        key = headers.get("HTTP_X_APIKEY") or request.GET.get("apikey") or ""
        return cls.of_texts(key, headers.get("HTTP_AUTHORIZATION", ""))

    @classmethod
    def of_stream(cls, request: StreamRequest) -> RequestCredentials:
        """Read the credentials of a stream.

        A browser's EventSource cannot send headers, so the query counts too. With a key and an issuer's token the
        key limits the token; a token of this service is ignored next to a key.
        """
        query, headers = request.query, request.headers
        key = headers.get("x-apikey") or query.get("rt-apikey") or query.get("apikey") or ""
        token = query.get("jwt")
        credentials = cls.of_texts(key, f"Bearer {token}" if token else request.authorization or "")
        return replace(credentials, key_limits_token=bool(credentials.key))

    @classmethod
    def of_texts(cls, key: str, authorization: str) -> RequestCredentials:
        """Build credentials from a key and an `Authorization` header, which may hold a key as `Api-Key …`."""
        keyword, _, value = authorization.partition(" ")
        if not key and keyword.lower() == _KEYWORD:
            key = value
        return cls(key.strip(), authorization)

    def principal(self, database: str, *, refresh: bool = False) -> Principal:
        """Return the principal for the database of that name or id; raises `Unauthenticated`.

        `refresh` bypasses the caches of keys and of issuers' users.
        """
        token = "" if self.key and not self.key_limits_token else self._foreign_token()
        if token:
            user = principal_of_external_user(token, database, refresh=refresh)
            return user if not self.key else _limited_by_key(user, self._of_key(refresh=refresh))
        return self._of_key(refresh=refresh) if self.key else authenticate(self.authorization)

    def _of_key(self, *, refresh: bool) -> AccountPrincipal:
        return accounts.services.principals.principal_of_key(self.key, refresh=refresh)

    def _foreign_token(self) -> str:
        """Return the bearer token if this service did not issue it; otherwise an empty text."""
        match (self.authorization or "").split():
            case [keyword, token] if keyword.lower() == _BEARER and accounts.services.principals.is_foreign(token):
                return token
        return ""


def _limited_by_key(user: ExternalUserPrincipal, key: AccountPrincipal) -> ExternalUserPrincipal:
    """Return the user's principal with subscriptions and origins limited to those of the key.

    The key must be able to read.
    """
    allowed = key.actions(team_id=user.home_team, database_id=user.database_id)
    if not allowed:
        raise engine.Unauthenticated("Invalid API Key.")
    if engine.Action.READ not in allowed:
        raise engine.Forbidden("This key may not read.")
    bounds, own = browser_scope_of(key), user.browser_scope
    realtime = tuple(name for name in own.realtime if bounds is None or bounds.may_hear(name))
    origins = bounds.origins if bounds else ()
    return replace(user, browser_scope=replace(own, origins=origins, realtime=realtime))
