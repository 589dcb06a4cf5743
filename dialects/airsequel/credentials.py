"""Credentials of a request, in the header `Authorization`.

`Bearer` takes a session token, an API token (`ast_…`), an API key (`dc_…`) and an access token of a person;
`Api-Key` takes a key or an API token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.authentication import authenticate
from accounts.principal import AccountPrincipal
from accounts.services.bearer import session_tokens

_KEYS = ("ast_", "dc_")


def principal_of(environ: Mapping[str, Any]) -> AccountPrincipal | None:
    """Return the caller, or None without credentials. Raises `Unauthenticated` for wrong ones."""
    header = environ.get("HTTP_AUTHORIZATION")
    if not header:
        return None
    keyword, *credentials = header.split() or [""]
    if keyword.lower() == "bearer" and len(credentials) == 1:
        return principal_of_text(credentials[0])
    return authenticate(header)


def principal_of_text(text: str) -> AccountPrincipal:
    """Return the caller of a token or key. Raises `Unauthenticated`, and `Forbidden` for a browser key."""
    if text.startswith(_KEYS):
        return authenticate(f"Api-Key {text}")
    if session_tokens.is_session_token(text):
        return session_tokens.principal_of(text)
    return authenticate(f"Bearer {text}")
