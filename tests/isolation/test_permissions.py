"""Keys may do what their actions say, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pytest

from tests.isolation.permissions import ENTITIES, NEEDED, OPERATIONS
from tests.isolation.tables import ALL, MISSING, OWN, PEOPLE_ONLY, TARGETED, Ids
from tests.isolation.world import PARTS, World, comparable, filled, furnish, send
from tests.support import Tenant, Truth, ask, make_database, make_tenant
from tests.surfaces import SURFACES

# What cannot be done twice, or leaves too little for the others, and the parts of a database that it needs.
ONCE: dict[str, list[str]] = {
    **dict.fromkeys(["drop a collection", "drop a collection (v2)", "drop", "drop (v2)", "change a schema"], []),
    **dict.fromkeys(["delete", "delete (v2)", "undelete", "drop an index", "clone"], ["films"]),
    **dict.fromkeys(["restore a collection", "forget versions"], ["films"]),
    "drop an issuer": ["issuer"],
    "delete a webhook": ["webhook"],
    "DELETE /api/v2/files/{file_id}": ["file"],
    "DELETE /db/{database}/media/{file}": ["file"],
    "DELETE /db/{database}/rest/{collection}/{id}": ["films"],
    f"DELETE {ENTITIES}/crud/{{id}}": ["films"],
    f"POST {ENTITIES}/history/undelete/{{id}}": ["films"],
}


OF_ONE_KEY = [
    f"{route}{{key_id}}{below}"
    for prefix in ("/api/keys/", "/core/api/v1/keys/")
    for route, below in ((f"DELETE {prefix}", ""), (f"PATCH {prefix}", ""), (f"POST {prefix}", "/rotate"))
]


def test_every_route_that_a_key_may_use_is_in_the_matrix() -> None:
    # See tests/accounts/views/test_keys.py and tests/management/views/test_keys.py.
    revoking = {*OF_ONE_KEY, "POST /api/keys/explain"}
    in_matrix = {route for route, _, _ in OPERATIONS.values()}
    revoking.add("GET /db/{database}/realtime")  # a stream without an end, see tests/dialects/restdb
    revoking.add(
        "POST /db/{database}/mail"
    )  # the worker continues with it, see tests/dialects/restdb/views/test_mail.py
    # For people of outside identity providers alone, see tests/dialects/restdb/test_external_users.py.
    revoking.add("GET /db/{database}/auth/userinfo")
    revoking.add("POST /api/webhooks/replay")  # of what the worker makes, see tests/management/test_hooks.py
    revoking |= {"POST /api/cancel_job", "POST /api/resume_job"}  # see tests/management/test_transfers.py
    revoking |= {"DELETE /api/backups", "POST /api/backups/restore"}  # see tests/features/backups/databases
    # For people alone, whose teams and sessions do not exist for a key: see test_routes.py.
    revoking |= {route for route in TARGETED if " /core/teams/" in route or " /core/sessions/" in route}
    # See tests/dialects/airsequel/test_permissions.py.
    revoking |= SURFACES["airsequel"].requests.keys() | SURFACES["airsequel"].own.keys() - PEOPLE_ONLY
    # Below the only database of a key, the same views as below a database that the address names.
    revoking |= {route.replace("/communibase/{database}", "") for route in NEEDED if ENTITIES in route}
    assert in_matrix | revoking == {*TARGETED, *OWN} - PEOPLE_ONLY


def keys_of(tenant: Tenant) -> dict[str, str]:
    """Return a key for each single action, and one for all but it."""
    alone = {action: tenant.new_key(actions=[action]) for action in ALL}
    others = {f"not {action}": tenant.new_key(actions=[name for name in ALL if name != action]) for action in ALL}
    return alone | others


@pytest.fixture(scope="module")
def keys(world: World) -> dict[str, str]:
    world.known.clear()  # the keys are the victim's own
    return keys_of(world.victim)


class Changing:
    """A tenant whose databases are changed, so that the victim's stay unchanged."""

    def __init__(self, web: httpx.Client) -> None:
        self.tenant = make_tenant(web)
        self.keys = keys_of(self.tenant)
        self._lasting: dict[bool, Ids] = {}

    def ids(self, operation: str) -> Ids:
        """Return the ids of a furnished database; each operation that cannot be repeated has its own."""
        if operation in ONCE:
            return self._furnished(ONCE[operation])
        hooked = "webhook" in operation
        if hooked not in self._lasting:
            self._lasting[hooked] = self._furnished([part for part in PARTS if hooked or part != "webhook"])
        return self._lasting[hooked]

    def _furnished(self, parts: list[str]) -> Ids:
        client, bearer = self.tenant.client, self.tenant.bearer
        database, name = make_database(client, bearer)
        return {**furnish(client, bearer, database, parts=parts), "name": name}


@pytest.fixture(scope="module")
def changing(web: httpx.Client) -> Changing:
    return Changing(web)


def allows(key: str, needed: set[str]) -> bool:
    excluded = key.removeprefix("not ")
    return needed <= ({key} if key in ALL else {*ALL} - {excluded})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_keys_may_do_what_they_say_and_nothing_else(
    world: World, truth: Truth, keys: dict[str, str], changing: Changing, operation: str
) -> None:
    _, _, needed = OPERATIONS[operation]
    with world.unchanged(truth):
        requests = {key: _request_with(key, operation, world, keys, changing) for key in keys}
        # Where each request has a database of its own they are sent together: to drop one takes half a second.
        with ThreadPoolExecutor(4 if operation in ONCE else 1) as pool:
            answers = dict(zip(requests, pool.map(lambda send: send(), requests.values()), strict=True))
    assert {key for key, answer in answers.items() if answer.is_success} == {
        key for key in keys if allows(key, needed)
    }, answers
    assert [key for key, answer in answers.items() if not answer.is_success and answer.status_code != 403] == []


def _request_with(
    key: str, operation: str, world: World, keys: dict[str, str], changing: Changing
) -> Callable[[], httpx.Response]:
    """Return what sends an operation with a key; what may change something has a tenant of its own."""
    route, request, needed = OPERATIONS[operation]
    tenant, ids = world.victim, {**world.ids, "name": world.victim.name}
    if allows(key, needed) and needed - {"read"} and operation != "rejected rows":
        tenant, keys = changing.tenant, changing.keys
        ids |= changing.ids(operation)
    sent = request(ids)
    if operation.startswith("create a database"):
        name = f"by_{key}_{'v2' if 'v2' in operation else 'v1'}".replace(" ", "_")
        sent = {"json": sent["json"] | {"db_name": name}}
    if operation.startswith("make a key"):
        sent = {"json": sent["json"] | {"actions": [key if key in ALL else next(a for a in ALL if a not in key)]}}
    return partial(ask, tenant.client, filled(route, ids), auth=keys[key], **sent)


@pytest.mark.parametrize("key", ["read", "design", "not own"])
@pytest.mark.parametrize("route", OF_ONE_KEY)
def test_keys_are_revoked_by_owners(world: World, truth: Truth, keys: dict[str, str], route: str, key: str) -> None:
    with world.unchanged(truth):
        foreign, missing = (send(world, route, ids, keys[key]) for ids in (world.ids, MISSING))
    assert foreign.status_code == 403
    assert comparable(foreign) == comparable(missing)


def test_new_keys_may_use_documents_and_nothing_else(world: World) -> None:
    answer = world.victim.ask("POST /api/keys", json={"name": "plain"}).json()
    assert answer["actions"] == ["read", "insert", "write", "delete"]
    auth = f"Api-Key {answer['key']}"
    for operation, (route, request, needed) in OPERATIONS.items():
        if needed & {"design", "own"}:
            denied = ask(
                world.victim.client, filled(route, world.ids), auth=auth, **request({**world.ids, "name": "x"})
            )
            assert denied.status_code == 403, operation
