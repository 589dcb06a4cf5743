"""Who asks: a key in a header or in the query, a token of ours, or one of an issuer of the database."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest

import accounts.services
import engine
from accounts.authentication import authenticate
from accounts.principal import Principal
from identity.services import principal_of_external_user
from web.streaming import StreamRequest

_KEYWORD, _BEARER = "api-key", "bearer"


@dataclass(frozen=True)
class Credentials:
    """What a request brings along; a header counts before the query.

    With `jointly` a key bounds what somebody with a token of an issuer may hear; else a key counts alone.
    """

    key: str = ""
    authorization: str | None = None
    jointly: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> Credentials:
        headers = request.META
        key = headers.get("HTTP_X_APIKEY") or request.GET.get("apikey") or ""
        return cls.of_texts(key, headers.get("HTTP_AUTHORIZATION", ""))

    @classmethod
    def of_stream(cls, request: StreamRequest) -> Credentials:
        """A browser's EventSource can send no header; where there are a key and a token, the key says what is
        possible, and a token of ours says nothing more.
        """
        query, headers = request.query, request.headers
        key = headers.get("x-apikey") or query.get("rt-apikey") or query.get("apikey") or ""
        token = query.get("jwt")
        found = cls.of_texts(key, f"Bearer {token}" if token else request.authorization or "")
        return replace(found, jointly=bool(found.key))

    @classmethod
    def of_texts(cls, key: str, authorization: str) -> Credentials:
        keyword, _, named = authorization.partition(" ")
        if not key and keyword.lower() == _KEYWORD:
            key = named
        return cls(key.strip(), authorization)

    def principal(self, database: str, *, anew: bool = False) -> Principal:
        """Who asks for the database of that name or id; raises `Unauthenticated`.

        With `anew` keys, and people of issuers, are looked up now.
        """
        token = "" if self.key and not self.jointly else self._foreign_token()
        if token:
            person = principal_of_external_user(token, database, anew=anew)
            return person if not self.key else _bounded(person, self._of_key(anew=anew))
        return self._of_key(anew=anew) if self.key else authenticate(self.authorization)

    def _of_key(self, *, anew: bool) -> Principal:
        return accounts.services.principal_of_key(self.key, anew=anew)

    def _foreign_token(self) -> str:
        """The bearer token, if it is not one of ours."""
        match (self.authorization or "").split():
            case [keyword, token] if keyword.lower() == _BEARER and accounts.services.is_foreign(token):
                return token
        return ""


def _bounded(person: Principal, key: Principal) -> Principal:
    """Somebody who may hear no more than a key, from pages of its origins."""
    scope = person.scope
    if scope is None or scope.web is None:
        return person
    (database_id,) = scope.databases or ("",)
    allowed = key.actions(team_id=person.home_team, database_id=database_id)
    if not allowed:
        raise engine.Unauthenticated("Invalid API Key.")
    if engine.Action.READ not in allowed:
        raise engine.Forbidden("This key may not read.")
    bounds = key.scope.web if key.scope else None
    hears = tuple(right for right in scope.web.realtime if bounds is None or bounds.may_hear(right))
    origins = bounds.origins if bounds else ()
    return replace(person, scope=replace(scope, web=replace(scope.web, origins=origins, realtime=hears)))
