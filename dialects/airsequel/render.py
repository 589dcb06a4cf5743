"""The error body of this dialect, and the addresses that have it."""

from __future__ import annotations

from typing import Any

import engine

# Addresses below which errors have the shape of this dialect; the others of /api are DataCube's own.
PREFIXES = (
    "/api/dbs",
    "/api/events/paddle",
    "/api/login",
    "/api/logout",
    "/api/prompt",
    "/api/settings",
    "/api/status",
    "/api/teams",
    "/api/tokens",
    "/api/users",
    "/dbs",
    "/fns",
    "/password-reset",
    "/readonly",
    "/verify-email",
)
_ROOTS = frozenset(prefix.strip("/") for prefix in PREFIXES)


def envelope(error: engine.Error) -> dict[str, Any]:
    """Return `{errors: [{message}]}` with every error; each names its field."""
    messages = [f"{issue.field}: {issue.message}" if issue.field else str(issue.message) for issue in error.errors]
    return {"errors": [{"message": message} for message in messages or [error.message]]}


def is_airsequel(path: str) -> bool:
    """Return whether an address belongs to this dialect."""
    names = path.strip("/").split("/")
    return any("/".join(names[:length]) in _ROOTS for length in (1, 2, 3))


def is_database_upload(method: str, path: str) -> bool:
    """Return whether a request uploads a database as a file."""
    names = path.strip("/").split("/")
    return names[0] == "dbs" and (method, len(names)) in (("POST", 1), ("PUT", 2))
