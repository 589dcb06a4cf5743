"""Host names of databases: `<name or id>.<DATABASE_HOST>/…` is the path `/db/<name or id>/…`."""

from __future__ import annotations

from django.conf import settings


def path_of(host: str, path: str) -> str:
    """Return the path that a request addresses, given its Host header."""
    if not settings.DATABASE_HOST:
        return path
    name, dot, domain = host.partition(":")[0].lower().partition(".")
    if not (name and dot) or domain != settings.DATABASE_HOST.lower():
        return path
    return path if path.startswith("/db/") else f"/db/{name}{path}"
