"""The Communibase dialect, as the shared tables of the tests need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import catalog.services
from dialects.communibase.render import envelope
from tests.support import Surface

_LARGE = b'{"a": "' + b"x" * (16 << 20) + b'"}'
_OWN, _NAMED = "/0.1/{collection}.json", "/communibase/{database}/0.1/{collection}.json"
_INTRUDER = {"json": {"intruder": True}}
# The requests of an entity type, and those of one document, by the end of their route.
_OF_TYPE: dict[str, dict[str, Any]] = {
    "GET /crud": {},
    "POST /crud": _INTRUDER,
    "POST /search": {"json": {}},
    "POST /aggregate": {"json": [{"$match": {}}]},
    "POST /history/search": {"json": {}},
    "POST /binary": {"files": {"File": ("a.txt", b"intruder", "text/plain")}},
}
_OF_DOCUMENT: dict[str, dict[str, Any]] = {
    "GET /crud/{id}": {},
    "PUT /crud/{id}": _INTRUDER,
    "DELETE /crud/{id}": {},
    "GET /history/{id}": {},
    "GET /history/{id}/{version}": {},
    "POST /history/undelete/{id}": {},
    "GET /binary/{id}": {},
    "POST /finalize/{id}": {},
}


def _is_error(body: dict[str, Any]) -> bool:
    return (
        set(body) == {"code", "message", "errors"}
        and isinstance(body["code"], int)
        and isinstance(body["message"], str)
        and all(set(error) == {"field", "message"} for error in body["errors"])
    )


def _below(base: str, routes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    pairs = {route: route.partition(" ") for route in routes}
    return {f"{verb} {base}{path}": routes[route] for route, (verb, _, path) in pairs.items()}


def _request(members: dict[str, Any]) -> Callable[[dict[str, str]], dict[str, Any]]:
    return lambda ids: members


_FOREIGN = _below(_NAMED, _OF_TYPE | _OF_DOCUMENT) | _below(_OWN, _OF_DOCUMENT)
_DATABASE = "/communibase/{id}/0.1/a.json"

SURFACE = Surface(
    envelope,
    "GET /communibase/60c72b2f9b1d8b1a2d3e4567/0.1/x.json/crud",
    _is_error,
    (catalog.services.access, "entry_of"),
    requests={route: _request(members) for route, members in _FOREIGN.items()},
    own=_below(_OWN, _OF_TYPE),
    provoked={
        400: (f"GET {_DATABASE}/crud?limit=x", "key", {}),
        401: (f"GET {_DATABASE}/crud", "", {}),
        403: (f"GET {_DATABASE}/crud", "insert key", {}),
        404: ("GET /communibase/{other}/0.1/a.json/crud", "key", {}),
        405: (f"PUT {_DATABASE}/crud", "key", {}),
        413: (f"POST {_DATABASE}/crud", "key", {"content": _LARGE}),
    },
)
