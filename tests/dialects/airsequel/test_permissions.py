"""What each route of databases needs: a key with every other action is refused, and nothing changes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine import Action
from tests.dialects.airsequel.support import Airsequel
from tests.dialects.airsequel.surface import PATH_NAMES, SURFACE

_DATABASE = "/api/dbs/{db_id}"
_TABLE = f"{_DATABASE}/tables/{{table}}"
_CELL = f"{_TABLE}/columns/{{column}}/files/{{primary_key}}/{{value}}"
READ = {
    *(f"GET {_TABLE}", f"GET {_TABLE}/export", f"GET {_TABLE}/search/{{term}}", f"GET {_CELL}"),
    *(f"GET {_DATABASE}/charts", f"GET {_DATABASE}/dashboards", f"GET {_DATABASE}/apps"),
    *(f"GET {_DATABASE}/charts/{{chart_id}}.svg", f"GET {_DATABASE}/charts/{{chart_id}}.json"),
    *(f"POST {_DATABASE}/prompt{kind}" for kind in ("", "/describe-database", "/describe-table")),
    f"POST {_DATABASE}/prompt/describe-function",
    *("GET /dbs/{db_id}/apps/{app_id}", "GET /dbs/{db_id}/download"),
}
OWN = {f"DELETE {_DATABASE}", f"DELETE {_TABLE}", "PUT /dbs/{db_id}"}
# Any key that may see the database.
SEEN = {f"GET {_DATABASE}", f"GET {_DATABASE}/schema", f"GET {_DATABASE}/azimutt-schema"}
SEEN |= {"GET /dbs/{db_id}/playground/default-query"}
NEEDED = dict.fromkeys(READ, "read") | dict.fromkeys(OWN, "own") | {f"PUT {_CELL}": "write"}
# Routes of databases; those of people, teams and tokens have a table of their own.
ROUTES = [
    route for route in SURFACE.requests if "{db_id}" in route and "graphql" not in route and "sql" not in route
]


@pytest.fixture(scope="module")
def keys(airsequel: Airsequel) -> dict[str, str]:
    """A key for everything but an action, by that action."""
    actions = [action.value for action in Action]
    return {
        missing: airsequel.tenant.new_key(actions=[action for action in actions if action != missing])
        for missing in ("read", "write", "design", "own")
    }


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in SEEN])
@pytest.mark.usefixtures("nothing_changes")
def test_a_missing_permission(airsequel: Airsequel, keys: dict[str, str], route: str) -> None:
    names = {**PATH_NAMES, "db_id": airsequel.tenant.database}
    request: dict[str, Any] = SURFACE.requests[route]({"database": airsequel.tenant.database})
    path = re.sub(r"\{(\w+)\}", lambda match: names[match[1]], route)
    answer = airsequel.ask(path, auth=keys[NEEDED.get(route, "design")], **request)
    assert (answer.status_code, "needs the permission" in answer.text or "may not create" in answer.text) == (
        403,
        True,
    )


@pytest.mark.parametrize("missing", ["read", "write", "design", "own"])
def test_any_key_sees_the_structure(airsequel: Airsequel, keys: dict[str, str], missing: str) -> None:
    for route in SEEN:
        path = route.replace("{db_id}", airsequel.tenant.database)
        assert airsequel.ask(path, auth=keys[missing]).status_code == 200
