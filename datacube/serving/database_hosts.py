"""Host names of databases: `<name or id>.<DATABASE_HOST>/…` is the path `/db/<name or id>/…`.

`/0.1/…` there is `/communibase/<name or id>/0.1/…`; `/socket.io` is the same at every host.
"""

from __future__ import annotations

from django.conf import settings

_COMMUNIBASE, _SOCKET_IO = "/0.1/", "/socket.io"


def path_of(host: str, path: str) -> str:
    """Return the path that a request addresses, given its Host header."""
    if not settings.DATABASE_HOST:
        return path
    name, dot, domain = host.partition(":")[0].lower().partition(".")
    if not (name and dot) or domain != settings.DATABASE_HOST.lower():
        return path
    if path.startswith("/db/") or path.rstrip("/") == _SOCKET_IO:
        return path
    return f"/communibase/{name}{path}" if path.startswith(_COMMUNIBASE) else f"/db/{name}{path}"
