"""Converts an ASGI scope to a WSGI environment."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from web.requests.addresses import RAW_PATH

_KEYS: dict[bytes, str] = {}
_MAX_KEYS = 500


def environ_of(scope: Mapping[str, Any], body: BinaryIO | None = None, *, length: int = 0) -> dict[str, Any]:
    """Return the WSGI environment of a request with a body of `length` bytes."""
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        RAW_PATH: scope.get("raw_path", b"").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body or io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key = _KEYS.get(name) or _key(name)
        if key:
            text = value.decode("latin-1")
            environ[key] = f"{environ[key]},{text}" if key in environ else text
    environ["CONTENT_LENGTH"] = str(length)
    return environ


def _key(name: bytes) -> str:
    """Return the name of a header in the environment; an empty string for a header that is ignored."""
    if b"_" in name:
        # It would have the same key as the header with '-', which a proxy may have set.
        return ""
    key = name.decode("latin-1").upper().replace("-", "_")
    key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
    if len(_KEYS) < _MAX_KEYS:
        _KEYS[name] = key
    return key
