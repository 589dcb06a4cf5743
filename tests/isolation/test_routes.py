"""Tenants are isolated: every route × every verb × every kind of stranger, from the URL resolver."""

from __future__ import annotations

import httpx
import pytest

from tests.dialects.airsequel.surface import ADMINISTRATIVE
from tests.isolation.tables import MISSING, NEEDS_CODE, OWN, PEOPLE_ONLY, PUBLIC, TARGETED
from tests.isolation.world import CALLERS, World, comparable, filled, send
from tests.support import NO_CREDENTIALS, Truth, ask, refused, status_and_body, until
from tests.surfaces import routes, streams


def test_every_route_is_in_one_table() -> None:
    tables = [*PUBLIC, *OWN, *TARGETED, *ADMINISTRATIVE]
    tables.append("GET /metrics")  # of the installation, see tests/datacube/metrics/test_view.py
    assert sorted(tables) == sorted(routes())


@pytest.mark.parametrize("route", TARGETED)
def test_what_is_foreign_is_missing(world: World, truth: Truth, route: str) -> None:
    with world.unchanged(truth):
        answers = {
            caller: [send(world, route, ids, auth) for ids in (world.ids, MISSING)]
            for caller, auth in world.callers.items()
        }
    for caller, (foreign, missing) in answers.items():
        assert foreign.status_code == 404, caller
        assert comparable(foreign) == comparable(missing), caller


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("path", streams())
def test_streams_of_what_is_foreign(world: World, path: str, caller: str) -> None:
    headers = {"Accept": "text/event-stream"}
    foreign, missing = (
        send(world, f"GET {path}", ids, world.callers[caller], headers=headers) for ids in (world.ids, MISSING)
    )
    assert foreign.status_code == 404
    assert comparable(foreign) == comparable(missing)
    nobody = send(world, f"GET {path}", world.ids, "", headers=headers)
    assert (nobody.status_code, NO_CREDENTIALS in nobody.text) == (401, True)


@pytest.mark.parametrize("route", [*TARGETED, *OWN])
def test_existence_is_not_revealed(world: World, truth: Truth, route: str) -> None:
    request = (lambda ids: OWN[route]) if route in OWN else TARGETED[route]
    with world.unchanged(truth):
        answers = {
            auth: ask(world.victim.client, filled(route, world.ids), auth=auth, **request(world.ids))
            for auth in ("", "Api-Key dc_nobody", "Bearer nobody", "nobody")
        }
    for auth, answer in answers.items():
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), auth
    assert NO_CREDENTIALS in answers[""].text


@pytest.mark.parametrize("route", ADMINISTRATIVE)
def test_what_is_for_administrators(world: World, truth: Truth, route: str) -> None:
    with world.unchanged(truth):
        for auth in (world.victim.bearer, *world.callers.values()):
            answer = ask(world.victim.client, filled(route, world.ids), auth=auth, **ADMINISTRATIVE[route])
            assert answer.status_code == 403
        answer = ask(world.victim.client, filled(route, world.ids), **ADMINISTRATIVE[route])
    assert (answer.status_code, NO_CREDENTIALS in answer.text) == (401, True)


@pytest.mark.parametrize("caller", CALLERS[:2])
@pytest.mark.parametrize("route", OWN)
def test_own_data_reveals_no_other_tenant(world: World, truth: Truth, route: str, caller: str) -> None:
    request = dict(OWN[route])
    creates = route in ("POST /api/create_database", "POST /api/v2/create_database")
    if creates:
        # Free where the caller's team has none of that name; the caller's own second try is refused.
        request["json"] = request["json"] | {"db_name": f"{world.victim.name}{'v2' * ('v2' in route)}"}
    with world.unchanged(truth):
        answer = ask(world.victim.client, filled(route, world.ids), auth=world.callers[caller], **request)
    only_people = route in PEOPLE_ONLY and "key" in caller
    taken = creates and caller == CALLERS[1]
    assert answer.status_code == (403 if only_people else 400 if taken else answer.status_code)
    needs_code = route in NEEDS_CODE and answer.status_code in (400, 409)
    assert only_people or taken or needs_code or answer.is_success
    for secret in (world.ids["database"], world.victim.email, world.victim.key, world.victim.key[:11]):
        assert secret not in answer.text


@pytest.mark.parametrize(
    "route", [route for route in sorted(PUBLIC) if route.startswith("GET") and "{" not in route]
)
def test_public_routes_reveal_no_tenant(world: World, route: str) -> None:
    def succeeded() -> httpx.Response | None:
        answer = ask(world.victim.client, route, auth=world.victim.bearer)
        return answer if answer.is_success else None

    answer = until(succeeded)  # a busy service may say for a moment that it is not ready
    for secret in (world.ids["database"], world.victim.email, world.victim.name, world.victim.key):
        assert secret not in answer.text


def test_a_key_of_one_database_lists_that_one(world: World) -> None:
    """Check that it neither counts nor names the other databases of its own team."""
    auth = world.callers[CALLERS[2]]
    listed = ask(world.victim.client, "GET /api/list_databases", auth=auth).json()
    assert (len(listed["data"]), listed["pagination"]["total_items"]) == (1, 1)
    assert listed["data"][0]["id"] != world.ids["database"]
    stats = ask(world.victim.client, "GET /api/stats", auth=auth).json()
    assert (stats["databases"], stats["documents"]) == (1, 0)
    databases = ask(world.victim.client, "GET /core/api/v1/dashboard/stats", auth=auth).json()["databases"]
    assert databases == [{"id": listed["data"][0]["id"], "name": listed["data"][0]["name"]}]
    text = "This credential may not create databases."
    refusal = ask(world.victim.client, "POST /api/create_database", auth=auth, **OWN["POST /api/create_database"])
    assert status_and_body(refusal) == (403, refused(text))
