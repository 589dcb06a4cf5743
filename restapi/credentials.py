"""Who asks: a key in a header or in the query, or a token."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

import accounts.services
from accounts.authentication import authenticate
from accounts.principal import Principal
from api.streaming import StreamRequest

_KEYWORD = "api-key"


@dataclass(frozen=True)
class Credentials:
    """What a request brings along; a header counts before the query."""

    key: str = ""
    authorization: str | None = None

    @classmethod
    def of(cls, request: HttpRequest) -> Credentials:
        headers = request.META
        key = headers.get("HTTP_X_APIKEY") or request.GET.get("apikey") or ""
        return cls.of_texts(key, headers.get("HTTP_AUTHORIZATION", ""))

    @classmethod
    def of_stream(cls, request: StreamRequest) -> Credentials:
        """A browser's EventSource can send no header; where there are a key and a token, the key has the rights."""
        query, headers = request.query, request.headers
        key = headers.get("x-apikey") or query.get("rt-apikey") or query.get("apikey") or ""
        token = query.get("jwt")
        return cls.of_texts(key, f"Bearer {token}" if token and not key else request.authorization or "")

    @classmethod
    def of_texts(cls, key: str, authorization: str) -> Credentials:
        keyword, _, named = authorization.partition(" ")
        if not key and keyword.lower() == _KEYWORD:
            key = named
        return cls(key.strip(), authorization)

    def principal(self, *, anew: bool = False) -> Principal:
        """Raises `Unauthenticated`; with `anew` a key is looked up now."""
        if self.key:
            return accounts.services.principal_of_key(self.key, anew=anew)
        return authenticate(self.authorization)
