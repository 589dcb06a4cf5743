"""The restdb dialect, as the shared tables of the tests need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import catalog.services
from dialects.restdb.render import envelope
from tests.support import Surface

_LARGE = b'{"a": "' + b"x" * (16 << 20) + b'"}'


def _is_error(body: dict[str, Any]) -> bool:
    return (
        set(body) == {"name", "message", "list", "status"}
        and isinstance(body["message"], str)
        and body["message"] not in ("", '"ValidationError"')
        and all({"field", "message"} <= set(error) <= {"field", "message", "index"} for error in body["list"])
    )


def _request(**members: Any) -> Callable[[dict[str, str]], dict[str, Any]]:
    """Return a request that is the same for every tenant: its path has the ids."""
    return lambda ids: members


_CHILDREN = "/db/{database}/rest/{collection}/{id}/{field}"
REQUESTS: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
    "GET /db/{database}/rest/_meta": _request(),
    "GET /db/{database}/rest/_swagger.json": _request(),
    "GET /db/{database}/rest/{collection}/_meta": _request(),
    "GET /db/{database}/rest/{collection}": _request(params={"metafields": "true"}),
    "POST /db/{database}/rest/{collection}": _request(json={"intruder": True}),
    "GET /db/{database}/rest/{collection}/{id}": _request(),
    "PUT /db/{database}/rest/{collection}/{id}": _request(json={"intruder": True}),
    "PATCH /db/{database}/rest/{collection}/{id}": _request(json={"intruder": True}),
    "DELETE /db/{database}/rest/{collection}/{id}": _request(),
    f"GET {_CHILDREN}": _request(),
    f"POST {_CHILDREN}": _request(json={"intruder": True}),
    f"GET {_CHILDREN}/{{child}}": _request(),
    "GET /db/{database}/auth/userinfo": _request(),
    "POST /db/{database}/auth/logout": _request(),
    "POST /db/{database}/auth/jwt": _request(json={"secret": "issuer", "payload": {"email": "a@example.com"}}),
    "GET /db/{database}/realtime": _request(),
    "POST /db/{database}/realtime": _request(json={"event": "intrusion", "data": 1}),
    "POST /db/{database}/media": _request(files={"file": ("a.txt", b"intruder", "text/plain")}),
    "GET /db/{database}/settings": _request(),
    "PATCH /db/{database}/settings": _request(json={"public_file_names": True}),
    "POST /db/{database}/mail": _request(json={"to": "x@example.com", "subject": "x", "html": "x"}),
    "GET /db/{database}/media/{file}/meta": _request(),
    "DELETE /db/{database}/media/{file}": _request(),
}


SURFACE = Surface(
    envelope,
    "GET /db/60c72b2f9b1d8b1a2d3e4567/rest/x",
    _is_error,
    (catalog.services.access, "entry_of"),
    requests=REQUESTS,
    provoked={
        400: ("GET /db/{id}/rest/a?q=[1]", "key", {}),
        401: ("GET /db/{id}/rest/a", "", {}),
        403: ("GET /db/{id}/rest/a", "insert key", {}),
        404: ("GET /db/{other}/rest/a", "key", {}),
        405: ("PUT /db/{id}/rest/a", "key", {}),
        406: ("GET /db/{id}/rest/a?format=xml", "key", {}),
        413: ("POST /db/{id}/rest/a", "key", {"content": _LARGE}),
    },
)
