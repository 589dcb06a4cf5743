"""The Airsequel dialect, as the shared tables of the tests need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import catalog.services
from dialects.airsequel.render import envelope
from tests.dialects.airsequel.people import surface as people
from tests.support import Surface

_LARGE = b'{"a": "' + b"x" * (16 << 20) + b'"}'
_DATABASE = "/api/dbs/{db_id}"
_TABLE = _DATABASE + "/tables/{table}"
_CELL = "/tables/{table}/columns/{column}/files/{primary_key}/{value}"
# Names in addresses besides those of databases; `{name}` is that of a variable.
PATH_NAMES = {"table": "films", "column": "Title", "term": "a", "name": "A", "primary_key": "rowid", "value": "1"}
PATH_NAMES |= {"job_id": "0" * 32}
PATH_NAMES |= dict.fromkeys(
    ["chart_id", "dashboard_id", "app_id", "func_id", "version_id"], "01gdbtepbmpt3jk8y94yc05snr"
)
# Pages that ask for confirmation, and what everyone may read who knows the read-only id of a database. The POST
# needs credentials, see platform/views/test_links.py.
READONLY = {
    *("GET /dbs/{db_id}/duplicate", "GET /dbs/{db_id}/regenerate-db-id", "GET /dbs/{db_id}/regenerate-readonly-id"),
    *("GET /readonly/{readonly_id}/duplicate", "POST /readonly/{readonly_id}/duplicate"),
    "GET /readonly/{readonly_id}" + _CELL,
    # For the payment provider, which signs what it sends: see billing/test_views.py.
    "POST /api/events/paddle",
    # Names nothing of anybody, and needs credentials and a language model: see prompts/test_views.py.
    "POST /api/prompt/create-database",
    *(f"GET /readonly/{{readonly_id}}/charts/{{chart_id}}.{kind}" for kind in ("svg", "json")),
}
# Routes for administrators of the installation alone.
ADMINISTRATIVE: dict[str, dict[str, Any]] = {
    "GET /api/settings": {},
    "PATCH /api/settings": {"json": {"allowedHosts": ["example.org"]}},
    "GET /api/settings/env": {},
    "POST /api/settings/env": {"json": {"name": "A", "value": "intruder"}},
    "PATCH /api/settings/env/{name}": {"json": {"value": "intruder"}},
    "DELETE /api/settings/env/{name}": {},
}
# A request for each route that names a database.
_QUERY: dict[str, Any] = {"json": {"query": "{ __typename }"}}
_FOREIGN: dict[str, dict[str, Any]] = {
    f"GET {_DATABASE}": {},
    f"PATCH {_DATABASE}": {"json": {"description": "intruder"}},
    f"DELETE {_DATABASE}": {},
    f"POST {_DATABASE}/vacuum": {},
    f"GET {_TABLE}": {},
    f"PUT {_TABLE}": {},
    f"PATCH {_TABLE}": {"json": {"description": "intruder"}},
    f"DELETE {_TABLE}": {},
    f"GET {_TABLE}/export": {},
    f"GET {_TABLE}/search/{{term}}": {},
    f"PUT {_TABLE}/columns/{{column}}": {},
    f"PATCH {_TABLE}/columns/{{column}}": {"json": {"name": "intruder"}},
    f"DELETE {_TABLE}/columns/{{column}}": {},
    "POST /dbs/{db_id}/graphql": _QUERY,
    "POST /dbs/{db_id}/sql": {"json": {"query": "SELECT 1"}},
    "POST /dbs/{db_id}/graphql/v2": _QUERY,
    "GET /dbs/{db_id}/graphql/v2": {},
    "GET /dbs/{db_id}/playground/default-query": {},
    f"GET {_DATABASE}/settings": {},
    f"PATCH {_DATABASE}/settings": {"json": {"visibility": "public"}},
    f"GET {_DATABASE}/env": {},
    f"POST {_DATABASE}/env": {"json": {"name": "A", "value": "intruder"}},
    f"PATCH {_DATABASE}/env/{{name}}": {"json": {"value": "intruder"}},
    f"DELETE {_DATABASE}/env/{{name}}": {},
    f"GET {_DATABASE}/charts": {},
    f"POST {_DATABASE}/charts": {"json": {"chartType": "BarChart", "table": "films", "title": "intruder"}},
    f"PATCH {_DATABASE}/charts/{{chart_id}}": {"json": {"title": "intruder"}},
    f"DELETE {_DATABASE}/charts/{{chart_id}}": {},
    f"GET {_DATABASE}/charts/{{chart_id}}.svg": {},
    f"GET {_DATABASE}/charts/{{chart_id}}.json": {},
    f"GET {_DATABASE}/dashboards": {},
    f"POST {_DATABASE}/dashboards": {"json": {"title": "intruder"}},
    f"PATCH {_DATABASE}/dashboards/{{dashboard_id}}": {"json": {"title": "intruder"}},
    f"DELETE {_DATABASE}/dashboards/{{dashboard_id}}": {},
    **{
        f"POST {_DATABASE}/prompt{kind}": {"json": {"prompt": "intruder"}}
        for kind in ("", "/describe-database", "/describe-table", "/describe-function")
    },
    f"GET {_DATABASE}/apps": {},
    f"POST {_DATABASE}/apps": {"json": {"name": "intruder", "html": ""}},
    f"PUT {_DATABASE}/apps/{{app_id}}": {"json": {"name": "intruder", "html": ""}},
    f"DELETE {_DATABASE}/apps/{{app_id}}": {},
    "GET /dbs/{db_id}/apps/{app_id}": {},
    f"GET {_DATABASE}/functions": {},
    f"POST {_DATABASE}/functions": {"json": {"name": "intruder", "content": ""}},
    f"GET {_DATABASE}/functions/{{func_id}}": {},
    f"PATCH {_DATABASE}/functions/{{func_id}}": {"json": {"name": "intruder"}},
    f"DELETE {_DATABASE}/functions/{{func_id}}": {},
    f"GET {_DATABASE}/functions/{{func_id}}/versions/{{version_id}}": {},
    f"POST {_DATABASE}/functions/{{func_id}}/republish": {"json": {"version": "01gdbtepbmpt3jk8y94yc05snr"}},
    f"GET {_DATABASE}/functions/{{func_id}}/invocations": {},
    f"GET {_DATABASE}/functions/{{func_id}}/starts": {},
    f"PUT {_DATABASE}/functions/{{func_id}}/starts": {"json": {"schedule": "* * * * *"}},
    **{f"{verb} /fns/{{func_id}}": {} for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")},
    f"GET {_DATABASE}/schema": {},
    f"GET {_DATABASE}/azimutt-schema": {},
    f"GET {_DATABASE}{_CELL}": {},
    f"PUT {_DATABASE}{_CELL}": {"files": {"file": ("a.txt", b"intruder", "text/plain")}},
    "PUT /dbs/{db_id}": {"files": {"file": ("a.csv", b"intruder", "text/csv")}},
    "GET /dbs/{db_id}/download": {},
    "GET /api/dbs/jobs/{job_id}": {},
    "POST /dbs/{db_id}/duplicate": {},
    "POST /dbs/{db_id}/regenerate-db-id": {},
    "POST /dbs/{db_id}/regenerate-readonly-id": {},
}


def _is_error(body: dict[str, Any]) -> bool:
    errors = body.get("errors")
    return (
        set(body) == {"errors"}
        and isinstance(errors, list)
        and bool(errors)
        and all(set(error) == {"message"} and isinstance(error["message"], str) for error in errors)
    )


def _request(members: dict[str, Any]) -> Callable[[dict[str, str]], dict[str, Any]]:
    return lambda ids: members


SURFACE = Surface(
    envelope,
    "GET /api/dbs/60c72b2f9b1d8b1a2d3e4567",
    _is_error,
    (catalog.services.metadata.sharing, "_load"),
    requests={route: _request(members) for route, members in _FOREIGN.items()} | people.FOREIGN,
    own={
        "GET /api/dbs": {},
        "POST /api/dbs": {"json": {"name": "mine"}},
        "POST /dbs": {"files": {"file": ("a.csv", b"a,b")}},
        **people.OWN,
    },
    provoked={
        400: ("GET /api/dbs/{id}?a=1&a=2", "key", {}),
        401: ("GET /api/dbs/{id}", "", {}),
        404: ("GET /api/dbs/{other}", "key", {}),
        405: ("PUT /api/dbs/{id}", "key", {}),
    },
)
