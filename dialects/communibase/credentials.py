"""Credentials of a request: an API key, or an access token of a person, in a header or in the query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.authentication import authenticate
from accounts.principal import AccountPrincipal


def principal_of(environ: Mapping[str, Any], params: Mapping[str, str]) -> AccountPrincipal:
    """Return the caller. A key takes precedence over a token, and a header over the query.

    `Authorization` is read where neither is sent. Raises `Unauthenticated`, and `Forbidden` for a browser key.
    """
    key = environ.get("HTTP_X_API_KEY") or params.get("api_key")
    token = environ.get("HTTP_X_ACCESS_TOKEN") or params.get("token")
    if key:
        return authenticate(f"Api-Key {key}")
    return authenticate(f"Bearer {token}" if token else environ.get("HTTP_AUTHORIZATION"))
