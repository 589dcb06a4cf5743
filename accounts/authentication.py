"""Who is asking, from the `Authorization` header: `Bearer <JWT>` or `Api-Key <key>`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication

from accounts import services
from accounts.principal import Principal
from engine import Forbidden, Unauthenticated
from web.errors import MISSING_CREDENTIALS

KINDS = {"bearer": services.principal_of_token, "api-key": services.principal_of_key}
ELSEWHERE = "This is a web key: it is good for the addresses below /db alone."


def authenticate(authorization_header: str | None) -> Principal:
    """The principal of a header (its keyword in any case); raises `Unauthenticated`."""
    if not authorization_header or not authorization_header.strip():
        raise Unauthenticated(MISSING_CREDENTIALS)
    keyword, *credentials = authorization_header.split()
    find = KINDS.get(keyword.lower())
    if find is None or len(credentials) != 1:
        raise Unauthenticated("The Authorization header must be 'Bearer <token>' or 'Api-Key <key>'.")
    principal = find(credentials[0])
    if principal.scope is not None and principal.scope.web is not None:
        raise Forbidden(ELSEWHERE)
    return principal


class PrincipalAuthentication(BaseAuthentication):
    """DRF's door to `authenticate`: `request.user` is a Principal; without a header, nobody."""

    def authenticate(self, request: Any) -> tuple[Principal, None] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        principal = authenticate(header)
        request._request.principal = principal  # for the access log
        return principal, None

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


class PrincipalScheme(OpenApiAuthenticationExtension):
    """Describes both credentials in the OpenAPI document."""

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
        """Either will do; drf-spectacular's own default would ask for both."""
        return [{name: []} for name in self.name]
