"""Authentication by the `Authorization` header: `Bearer <JWT>` or `Api-Key <key>`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import services
from accounts.principal import ApiKeyPrincipal, BrowserKeyPrincipal, PersonPrincipal, Principal
from engine import Forbidden, Unauthenticated
from web.errors import MISSING_CREDENTIALS

_Resolver = Callable[[str], PersonPrincipal | ApiKeyPrincipal | BrowserKeyPrincipal]
_RESOLVERS: Mapping[str, _Resolver] = {
    "bearer": services.principals.principal_of_token,
    "api-key": services.principals.principal_of_key,
}
_BROWSER_KEY_REFUSED = "This is a browser key: it is valid for URLs below /db only."


def authenticate(authorization_header: str | None) -> PersonPrincipal | ApiKeyPrincipal:
    """Return the principal of a header, whose keyword may be in any case.

    Raises `Unauthenticated`, and `Forbidden` for a browser key.
    """
    if not authorization_header or not authorization_header.strip():
        raise Unauthenticated(MISSING_CREDENTIALS)
    keyword, *credentials = authorization_header.split()
    resolve = _RESOLVERS.get(keyword.lower())
    if resolve is None or len(credentials) != 1:
        raise Unauthenticated("The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'.")
    principal = resolve(credentials[0])
    if isinstance(principal, BrowserKeyPrincipal):
        raise Forbidden(_BROWSER_KEY_REFUSED)
    return principal


class AuthenticatedRequest(HttpRequest):
    """A request as it is after its view has authenticated the caller, for type checks."""

    principal: Principal


def caller_of(request: HttpRequest) -> Principal:
    """Return the caller of a request that its view has authenticated."""
    return cast(AuthenticatedRequest, request).principal


def set_caller(request: HttpRequest, principal: Principal) -> None:
    """Store the caller in a request, also for the access log."""
    cast(AuthenticatedRequest, request).principal = principal


class PrincipalAuthentication(BaseAuthentication):
    """DRF authentication that calls `authenticate`; `request.user` is a Principal. None without a header."""

    def authenticate(self, request: Any) -> tuple[PersonPrincipal | ApiKeyPrincipal, None] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        principal = authenticate(header)
        set_caller(request._request, principal)
        return principal, None

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


def principal_of(request: Request) -> PersonPrincipal | ApiKeyPrincipal:
    """Return the caller of a REST framework request, whose stubs declare `user` as Django's."""
    return cast(PersonPrincipal | ApiKeyPrincipal, request.user)


class PrincipalScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its base has no types
    """Description of both credentials for the OpenAPI document."""

    target_class = PrincipalAuthentication
    name = ["Bearer", "Api-Key"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "`Api-Key <YOUR_API_KEY>`",
            },
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        """Return the credentials as alternatives; drf-spectacular's default requires both."""
        return [{name: []} for name in self.name]
