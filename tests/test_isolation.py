"""Tenants are isolated: every route × every verb × every kind of stranger, from the URL resolver."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from bson import ObjectId

from dialects.communibase.resources.history import version_id
from engine import Action
from tests.dialects.airsequel.people.surface import OPEN as AIRSEQUEL_OPEN
from tests.dialects.airsequel.people.surface import OWN as AIRSEQUEL_OWN
from tests.dialects.airsequel.surface import ADMINISTRATIVE, PATH_NAMES, READONLY
from tests.support import (
    FILMS,
    NO_CREDENTIALS,
    Tenant,
    Truth,
    ask,
    make_database,
    make_tenant,
    refused,
    status_and_body,
)
from tests.surfaces import SURFACES, routes, streams

ALL = [action.value for action in Action]
MISSING = {
    "database": "60c72b2f9b1d8b1a2d3e4567",
    "document": "60c72b2f9b1d8b1a2d3e4568",
    "deleted": "60c72b2f9b1d8b1a2d3e4569",
    "child": "60c72b2f9b1d8b1a2d3e456a",
    "key": "999999999",
    "job": "0" * 32,
    "file": "0" * 32,
    "binary": "60c72b2f9b1d8b1a2d3e456b",
    "invoice": "60c72b2f9b1d8b1a2d3e456c",
    "webhook": "0" * 32,
    "issuer": "0" * 24,
    "team": "999999999",
    "username": "nobody-at-all",
    "token": "999999999",
}
Ids = dict[str, str]
Request = dict[str, Any]

# Routes for everyone, with or without credentials.
PUBLIC = {
    *("GET /", "GET /health_check", "GET /healthz", "GET /readyz", "GET /api/schema", "GET /api/docs"),
    *("POST /core/register", "POST /core/login", "POST /core/logout", "POST /core/token/refresh"),
    *("POST /core/auth/token/refresh", "GET /api/v2/health_check", "GET /api/status"),
    # With a signature that the service made for the one file: see tests/dataapi/test_v2_files.py.
    *("GET /api/v2/files/stream/{file_id}", "GET /api/v2/files/download/{file_id}"),
    *("GET /core/verify-email/{token}", "POST /core/password-reset/request"),
    "POST /core/password-reset/confirm/{token}",
    *AIRSEQUEL_OPEN,
    *READONLY,
    # Without a key it is the same for every database, and for none: see tests/dialects/restdb/codegen/.
    # For clients that know a file's id, which cannot be guessed: see tests/dialects/restdb/views/test_media.py.
    "GET /db/{database}/media/{file}",
    "GET /db/{database}/assets/js/eventsource.min.js",
    # For those who know the id of a read-only link, which cannot be guessed: see tests/dialects/airsequel/graphql/.
    "POST /readonly/{readonly_id}/graphql",
    # One page for every database, without data.
    *("GET /dbs/{db_id}/graphql", "GET /dbs/{db_id}/graphiql", "GET /readonly/{readonly_id}/graphql"),
    *(f"GET /db/{{database}}/rest/_jsapi.{kind}" for kind in ("js", "mjs", "d.ts", "d.mts", "doc")),
}

# Routes about the caller alone, which name nothing of other tenants.
OWN: dict[str, Request] = {
    # First, while the caller has one database alone.
    **{route: request for surface in SURFACES.values() for route, request in surface.own.items()},
    "GET /core/profile": {},
    "PATCH /core/profile": {"json": {"firstName": "Ben"}},
    "POST /core/verify-email/resend": {},
    "GET /core/api/v1/keys": {},
    "POST /core/api/v1/keys": {"json": {"name": "mine"}},
    "GET /api/keys": {},
    "POST /api/keys": {"json": {"name": "mine"}},
    "GET /api/list_databases": {"params": {"page_size": "1000"}},
    "POST /api/create_database": {
        "json": {"db_name": "mine", "collections": [{"name": "a", "fields": [{"name": "b"}]}]}
    },
    "GET /core/api/v1/dashboard/stats": {},
    "GET /api/stats": {},
    "GET /api/v2/list_databases": {"params": {"page_size": "1000"}},
    "POST /api/v2/create_database": {
        "json": {"db_name": "mine2", "collections": [{"name": "a", "fields": [{"name": "b"}]}]}
    },
}
PEOPLE_ONLY = {"GET /core/profile", "PATCH /core/profile", "POST /core/verify-email/resend", *AIRSEQUEL_OWN}


def crud(**members: Any) -> Callable[[Ids], Request]:
    return lambda ids: {"json": {"database_id": ids["database"], "collection_name": "films", **members}}


def body(**members: Any) -> Callable[[Ids], Request]:
    return lambda ids: {"json": {"database_id": ids["database"], **members}}


def query(**members: str) -> Callable[[Ids], Request]:
    return lambda ids: {"params": {"database_id": ids["database"], **members}}


def of_document(**members: str) -> Callable[[Ids], Request]:
    """Return a query about one document."""
    return lambda ids: {
        "params": {
            "database_id": ids["database"],
            "collection_name": "films",
            "document_id": ids["document"],
            **members,
        }
    }


def restore(ids: Ids) -> Request:
    return crud(document_id=ids["document"], version=1)(ids)


def undelete(ids: Ids) -> Request:
    return crud(document_id=ids["deleted"])(ids)


def restore_all(ids: Ids) -> Request:
    return crud(as_of=datetime.now(UTC).isoformat(), dry_run=True)(ids)


def clone(ids: Ids) -> Request:
    return body(name=f"clone_{secrets.token_hex(6)}")(ids)


def form(ids: Ids) -> Request:
    files = {"json_file": ("films.json", json.dumps(FILMS), "application/json")}
    return {"data": {"database_id": ids["database"], "collection_name": "films"}, "files": files}


# What names a thing by its id: the request for the ids of a victim, or for ids of nothing.
TARGETED: dict[str, Callable[[Ids], Request]] = {
    "POST /api/crud": crud(data=[{"intruder": True}]),
    "GET /api/crud": query(collection_name="films", filters="{}"),
    "PUT /api/crud": crud(filters={}, all=True, update_data={"intruder": True}),
    "DELETE /api/crud": crud(filters={}, all=True),
    "POST /api/crud/bulk": crud(operations=[{"insert": {"intruder": True}}]),
    "GET /api/distinct": query(collection_name="films", field="Title"),
    "POST /api/aggregate": crud(pipeline=[{"$unionWith": "films"}]),
    "POST /api/sql": body(query="SELECT * FROM films"),
    "GET /api/indexes": query(collection_name="films"),
    "POST /api/indexes": crud(keys=[{"field": "intruder"}]),
    "DELETE /api/indexes": crud(name="x_1"),
    "GET /api/history": of_document(),
    "GET /api/history/version": of_document(version="1"),
    "GET /api/history/diff": of_document(**{"from": "1", "to": "2"}),
    "GET /api/history/search": query(collection_name="films", filters="{}"),
    "GET /api/events": query(),
    "POST /api/restore": restore,
    "POST /api/undelete": undelete,
    "POST /api/add_collection": body(collections=[{"name": "intruder", "fields": [{"name": "a"}]}]),
    "GET /api/get_metadata": query(),
    "GET /api/list_collections": query(),
    "DELETE /api/drop_database": body(confirmation="victim"),
    "DELETE /api/drop_collections": body(collection_names=["films"]),
    "POST /api/import_data": form,
    "GET /api/import_status": lambda ids: {"params": {"job_id": ids["job"]}},
    "GET /api/job_status": lambda ids: {"params": {"job_id": ids["job"]}},
    "POST /api/cancel_job": lambda ids: {"json": {"job_id": ids["job"]}},
    "GET /api/export": query(collection_name="films"),
    "GET /api/collection_schema": query(collection_name="films"),
    "PATCH /api/collection_schema": crud(operations=[{"op": "drop", "name": "Director"}]),
    "POST /api/clone_database": body(name="intruder"),
    "DELETE /api/history": crud(before="2026-01-01T00:00:00Z"),
    "GET /core/api/v1/database/{database_id}": lambda ids: {},
    "GET /api/webhooks": query(),
    "POST /api/webhooks": body(collection_name="films", url="https://example.com/"),
    "PATCH /api/webhooks": lambda ids: body(webhook_id=ids["webhook"], active=False)(ids),
    "DELETE /api/webhooks": lambda ids: body(webhook_id=ids["webhook"])(ids),
    "GET /api/webhooks/log": lambda ids: query(webhook_id=ids["webhook"])(ids),
    "POST /api/webhooks/replay": lambda ids: body(webhook_id=ids["webhook"], delivery_id="0" * 32)(ids),
    "GET /api/issuers": query(),
    "POST /api/issuers": body(name="intruder", algorithm="HS256", key="x" * 32),
    "PATCH /api/issuers": lambda ids: body(issuer_id=ids["issuer"], key="x" * 32)(ids),
    "DELETE /api/issuers": lambda ids: body(issuer_id=ids["issuer"])(ids),
    "DELETE /api/keys/{key_id}": lambda ids: {},
    "DELETE /core/api/v1/keys/{key_id}": lambda ids: {},
    "PUT /api/v2/crud": crud(filters={"Title": "Slam"}, update_many=True, update_data={"intruder": True}),
    "POST /api/v2/crud/bulk": lambda ids: crud(
        operations=[{"filters": {"_id": ids["document"]}, "update_data": {"Source": "x"}}]
    )(ids),
}
TARGETED |= {
    "GET /api/v2/files": query(),
    "POST /api/v2/files": lambda ids: {
        "params": {"database_id": ids["database"]},
        "files": {"file": ("a.txt", b"intruder", "text/plain")},
    },
    "GET /api/v2/files/{file_id}": query(),
    "DELETE /api/v2/files/{file_id}": query(),
}
_SECOND_GENERATION = (
    *("POST /api/crud", "GET /api/crud", "DELETE /api/crud", "POST /api/add_collection", "GET /api/get_metadata"),
    *("GET /api/list_collections", "DELETE /api/drop_database", "DELETE /api/drop_collections"),
    "POST /api/import_data",
)
TARGETED |= {route.replace("/api/", "/api/v2/"): TARGETED[route] for route in _SECOND_GENERATION}
for _surface in SURFACES.values():
    TARGETED |= _surface.requests


def test_every_route_is_in_one_table() -> None:
    tables = [*PUBLIC, *OWN, *TARGETED, *ADMINISTRATIVE]
    assert sorted(tables) == sorted(routes())


@dataclass(frozen=True)
class World:
    """A victim with everything that can be named, and the strangers."""

    victim: Tenant
    ids: Ids
    team: int
    callers: dict[str, str]
    known: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def unchanged(self, truth: Truth) -> Iterator[None]:
        """Check that nothing of the victim's team changes during a test; nor has it since the last one."""
        before = self.known.pop() if self.known else truth.of_team(self.team)
        yield
        after = truth.of_team(self.team)
        assert after == before
        self.known.append(after)


def furnish(client: httpx.Client, auth: str, database: str, *, hooked: bool = True) -> Ids:
    """Fill a database: films (one changed, one deleted, one that references another), an index and a webhook."""
    target = {"database_id": database, "collection_name": "films"}
    changed, deleted, *_ = ask(client, "POST /api/crud", auth=auth, json={**target, "data": FILMS[:3]}).json()[
        "inserted_ids"
    ]
    change = {"filters": {"_id": changed}, "update_data": {"Source": "Book"}}
    assert ask(client, "PUT /api/crud", auth=auth, json={**target, **change}).is_success
    assert ask(client, "DELETE /api/crud", auth=auth, json={**target, "filters": {"_id": deleted}}).is_success
    index = {"keys": [{"field": "x"}], "name": "x_1"}
    assert ask(client, "POST /api/indexes", auth=auth, json={**target, **index}).is_success
    sequel = {"Title": "Slam 2", "_parent_id": changed, "_parent_def": "films", "_parent_field": "films"}
    child = ask(client, "POST /api/crud", auth=auth, json={**target, "data": [sequel]}).json()["inserted_ids"][0]
    files = {"file": ("a.txt", b"secret", "text/plain")}
    file = ask(client, f"POST /db/{database}/media", auth=auth, files=files).json()["ids"][0]
    part = {"files": {"File": ("a.txt", b"secret", "text/plain")}}
    binary = ask(client, f"POST /communibase/{database}/0.1/File.json/binary", auth=auth, **part).json()["_id"]
    added = {"database_id": database, "collections": [{"name": "Invoice", "fields": [{"name": "dayBookNumber"}]}]}
    assert ask(client, "POST /api/add_collection", auth=auth, json=added).is_success
    numbered = {**target, "collection_name": "Invoice", "data": [{"dayBookNumber": "30"}]}
    invoice = ask(client, "POST /api/crud", auth=auth, json=numbered).json()["inserted_ids"][0]
    issuer = {"database_id": database, "name": "issuer", "algorithm": "HS256", "key": "k" * 32}
    issued = ask(client, "POST /api/issuers", auth=auth, json=issuer).json()["issuer"]["id"]
    ids = {"database": database, "document": changed, "deleted": deleted, "child": child, "file": file}
    ids |= {"issuer": issued, "binary": binary, "invoice": invoice}
    if hooked:
        hook = {"database_id": database, "collection_name": "films", "url": "https://example.com/"}
        ids["webhook"] = ask(client, "POST /api/webhooks", auth=auth, json=hook).json()["webhook"]["id"]
    return ids


@pytest.fixture(scope="module")
def world(web: httpx.Client, truth: Truth) -> World:
    victim, stranger = make_tenant(web), make_tenant(web)
    furnished = furnish(web, victim.bearer, victim.database)
    (_, public_id), *_ = truth.rows(
        "SELECT id, id FROM accounts_apikey WHERE team_id = ? ORDER BY id", truth.team_of(victim.email)
    )
    large = json.dumps([{"text": "x" * 1000}] * 1100).encode()
    job = victim.upload(large, collection_name="large").json()["job_id"]
    elsewhere, _ = make_database(web, victim.bearer)
    callers = {
        "a stranger": stranger.bearer,
        "a stranger's key": stranger.new_key(actions=ALL),
        "a key of another database of the team": victim.new_key(actions=ALL, databases=[elsewhere]),
    }
    while victim.ask("GET /api/import_status", params={"job_id": job}).json()["state"] != "done":
        continue
    # The first statement of SQL gives the documents their rowids, which is no change that a test is to find.
    statement = {"database_id": victim.database, "query": "SELECT * FROM films"}
    while victim.ask("POST /api/sql", json=statement).status_code == 503:
        continue
    team = truth.team_of(victim.email)
    ids = {
        **furnished,
        "key": str(public_id),
        "job": job,
        "team": str(team),
        "username": victim.email.split("@")[0],
    }
    grant = {"name": "secret", "team_name": str(team), "permissions": [{"db_id": victim.database, "name": "read"}]}
    ids["token"] = str(victim.ask("POST /api/tokens", json=grant).json()["id"])
    return World(victim, ids, truth.team_of(victim.email), callers)


CALLERS = ["a stranger", "a stranger's key", "a key of another database of the team"]


def send(world: World, route: str, ids: Ids, auth: str, **more: Any) -> httpx.Response:
    return ask(world.victim.client, filled(route, ids), auth=auth, **TARGETED[route](ids), **more)


def filled(route: str, ids: Ids) -> str:
    """Return a route with the names that it needs."""
    names = {"database_id": ids["database"], "key_id": ids["key"], "database": ids["database"]}
    names["db_id"] = ids["database"]
    names |= {"team_name": ids["team"], "username": ids["username"], "token_id": ids["token"]}
    names |= {"collection": "films", "id": ids["document"], "field": "films", "child": ids["child"]}
    names["file"] = names["file_id"] = ids["file"]
    names |= PATH_NAMES
    names["job_id"] = ids["job"]
    names["version"] = version_id(ObjectId(ids["document"]), 1)
    names["id"] = ids["deleted" if "/undelete/" in route else "document"]
    if ".json/binary" in route:
        names |= {"collection": "File", "id": ids["binary"]}
    if "/finalize/" in route:
        names |= {"collection": "Invoice", "id": ids["invoice"]}
    return re.sub(r"\{(\w+)\}", lambda match: names[match[1]], route)


def comparable(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """Return everything of a response that could reveal a difference between two cases."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "date")}
    return answer.status_code, answer.content, headers


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
    assert only_people or taken or answer.is_success
    for secret in (world.ids["database"], world.victim.email, world.victim.key, world.victim.key[:11]):
        assert secret not in answer.text


@pytest.mark.parametrize(
    "route", [route for route in sorted(PUBLIC) if route.startswith("GET") and "{" not in route]
)
def test_public_routes_reveal_no_tenant(world: World, route: str) -> None:
    answer = ask(world.victim.client, route, auth=world.victim.bearer)
    assert answer.is_success
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


# --- collections that pipelines name -------------------------------------------------------------------

# Each stage that names a collection, at NAME; and the path of its error in the pipeline.
NAMING: dict[str, tuple[Any, str]] = {
    "$lookup": ({"$lookup": {"from": "NAME", "localField": "a", "foreignField": "b", "as": "c"}}, "from"),
    "$lookup with a pipeline": ({"$lookup": {"from": "NAME", "pipeline": [], "as": "c"}}, "from"),
    "$graphLookup": (
        {
            "$graphLookup": {
                "from": "NAME",
                "startWith": "$a",
                "connectFromField": "a",
                "connectToField": "b",
                "as": "c",
            }
        },
        "from",
    ),
    "$unionWith": ({"$unionWith": {"coll": "NAME", "pipeline": []}}, "coll"),
    "$unionWith by name": ({"$unionWith": "NAME"}, ""),
}
# In what such a stage can be nested, at STAGE.
NESTINGS: dict[str, tuple[Any, str]] = {
    "at the top": ("STAGE", ""),
    "$facet": ({"$facet": {"f": ["STAGE"]}}, "$facet.f.0."),
    "$lookup": ({"$lookup": {"from": "own", "pipeline": ["STAGE"], "as": "x"}}, "$lookup.pipeline.0."),
    "$unionWith": ({"$unionWith": {"coll": "own", "pipeline": ["STAGE"]}}, "$unionWith.pipeline.0."),
    "two deep": (
        {"$facet": {"f": [{"$unionWith": {"coll": "own", "pipeline": ["STAGE"]}}]}},
        "$facet.f.0.$unionWith.pipeline.0.",
    ),
}


def fitted(shape: Any, mark: str, value: Any) -> Any:
    if isinstance(shape, dict):
        return {key: fitted(inner, mark, value) for key, inner in shape.items()}
    if isinstance(shape, list):
        return [fitted(inner, mark, value) for inner in shape]
    return value if shape == mark else shape


@pytest.fixture(scope="module")
def stranger(web: httpx.Client) -> Tenant:
    tenant = make_tenant(web)
    tenant.add({"name": "own", "fields": [{"name": "a"}]})
    tenant.insert("own", [{"a": "x"}])
    return tenant


@pytest.mark.parametrize("nesting", NESTINGS)
@pytest.mark.parametrize("stage", NAMING)
def test_pipelines_cannot_name_foreign_collections(
    world: World, truth: Truth, stranger: Tenant, stage: str, nesting: str
) -> None:
    """Check the name that its owner uses, the physical name, and the name with its database's."""
    ((physical,),) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", world.ids["database"])
    names = [name for name in truth.documents(physical) if name != "own"]
    shape, member = NAMING[stage]
    around, prefix = NESTINGS[nesting]
    path = f"pipeline.0.{prefix}{stage.split()[0]}{member and '.'}{member}"
    text = "Must name a collection of this database."
    with world.unchanged(truth):
        for name in [
            "large",
            *names,
            *(f"{physical}.{name}" for name in names),
            {"db": physical, "coll": names[0]},
        ]:
            if type(name) is dict and not member:
                continue
            request = {
                "database_id": stranger.database,
                "collection_name": "own",
                "pipeline": [fitted(around, "STAGE", fitted(shape, "NAME", name))],
            }
            answer = stranger.ask("POST /api/aggregate", json=request)
            assert status_and_body(answer) == (400, refused(f"{path}: {text}", (path, text))), name


# --- a key's permissions ------------------------------------------------------------------------------


def import_new(ids: Ids) -> Request:
    request = form(ids)
    return request | {"data": request["data"] | {"collection_name": "made_by_import"}}


def a_key(ids: Ids) -> Request:
    return {"json": {"name": "made by a key", "actions": ["own"]}}


_CHILDREN = "/db/{database}/rest/{collection}/{id}/{field}"
_ENTITIES = "/communibase/{database}/0.1/{collection}.json"
NEEDED: dict[str, set[str]] = {
    "GET /db/{database}/rest/_meta": set(),
    "GET /db/{database}/rest/_swagger.json": set(),
    "GET /db/{database}/rest/{collection}/_meta": set(),
    "GET /db/{database}/rest/{collection}": {"read"},
    "POST /db/{database}/rest/{collection}": {"insert"},
    "GET /db/{database}/rest/{collection}/{id}": {"read"},
    "PUT /db/{database}/rest/{collection}/{id}": {"write"},
    "PATCH /db/{database}/rest/{collection}/{id}": {"write"},
    "DELETE /db/{database}/rest/{collection}/{id}": {"delete"},
    f"GET {_CHILDREN}": {"read"},
    f"POST {_CHILDREN}": {"read", "insert"},
    f"GET {_CHILDREN}/{{child}}": {"read"},
    "POST /db/{database}/auth/logout": set(),
    "GET /db/{database}/settings": {"design"},
    "PATCH /db/{database}/settings": {"design"},
    "POST /db/{database}/auth/jwt": {"read", "insert", "write", "delete"},
    "POST /db/{database}/realtime": {"insert"},
    "POST /db/{database}/media": {"insert"},
    "GET /db/{database}/media/{file}/meta": {"read"},
    "DELETE /db/{database}/media/{file}": {"delete"},
    f"GET {_ENTITIES}/crud": {"read"},
    f"POST {_ENTITIES}/crud": {"insert"},
    f"POST {_ENTITIES}/search": {"read"},
    f"GET {_ENTITIES}/crud/{{id}}": {"read"},
    f"PUT {_ENTITIES}/crud/{{id}}": {"read", "write"},
    f"DELETE {_ENTITIES}/crud/{{id}}": {"delete"},
    f"POST {_ENTITIES}/aggregate": {"read"},
    f"POST {_ENTITIES}/history/search": {"read"},
    f"POST {_ENTITIES}/finalize/{{id}}": {"read", "write"},
    f"POST {_ENTITIES}/binary": {"insert"},
    f"GET {_ENTITIES}/binary/{{id}}": {"read"},
    f"GET {_ENTITIES}/history/{{id}}": {"read"},
    f"GET {_ENTITIES}/history/{{id}}/{{version}}": {"read"},
    f"POST {_ENTITIES}/history/undelete/{{id}}": {"read", "insert"},
}
# What each operation needs; nothing, where any key may see it.
OPERATIONS: dict[str, tuple[str, Callable[[Ids], Request], set[str]]] = {
    "insert": ("POST /api/crud", TARGETED["POST /api/crud"], {"insert"}),
    "find": ("GET /api/crud", TARGETED["GET /api/crud"], {"read"}),
    "update": ("PUT /api/crud", TARGETED["PUT /api/crud"], {"write"}),
    "delete": ("DELETE /api/crud", TARGETED["DELETE /api/crud"], {"delete"}),
    "upsert": ("PUT /api/crud", crud(filters={"a": 1}, update_data={"b": 1}, upsert=True), {"write", "insert"}),
    "try an update": (
        "PUT /api/crud",
        crud(filters={"a": 1}, update_data={"b": 1}, dry_run=True),
        {"write", "read"},
    ),
    "try a delete": ("DELETE /api/crud", crud(filters={"a": 1}, dry_run=True), {"delete", "read"}),
    "bulk insert": ("POST /api/crud/bulk", TARGETED["POST /api/crud/bulk"], {"insert"}),
    "bulk": (
        "POST /api/crud/bulk",
        crud(
            operations=[
                {"insert": {"a": 1}},
                {"update": {"filters": {"a": 1}, "update_data": {"$inc": {"a": 1}}}},
                {"delete": {"filters": {"a": 2}}},
            ]
        ),
        {"insert", "write", "delete"},
    ),
    "distinct": ("GET /api/distinct", TARGETED["GET /api/distinct"], {"read"}),
    "aggregate": ("POST /api/aggregate", TARGETED["POST /api/aggregate"], {"read"}),
    "sql": ("POST /api/sql", TARGETED["POST /api/sql"], {"read"}),
    "sql that writes": ("POST /api/sql", body(query="DELETE FROM films WHERE 0"), {"read", "delete"}),
    "list indexes": ("GET /api/indexes", TARGETED["GET /api/indexes"], {"read"}),
    "make an index": ("POST /api/indexes", TARGETED["POST /api/indexes"], {"design"}),
    "drop an index": ("DELETE /api/indexes", TARGETED["DELETE /api/indexes"], {"design"}),
    "states": ("GET /api/history", TARGETED["GET /api/history"], {"read"}),
    "version": ("GET /api/history/version", TARGETED["GET /api/history/version"], {"read"}),
    "diff": ("GET /api/history/diff", TARGETED["GET /api/history/diff"], {"read"}),
    "search": ("GET /api/history/search", TARGETED["GET /api/history/search"], {"read"}),
    "listen": ("GET /api/events", TARGETED["GET /api/events"], {"read"}),
    "restore": ("POST /api/restore", restore, {"read", "write"}),
    "undelete": ("POST /api/undelete", undelete, {"read", "insert"}),
    "import": ("POST /api/import_data", form, {"insert"}),
    "import into a new collection": ("POST /api/import_data", import_new, {"insert", "design"}),
    "add a collection": ("POST /api/add_collection", TARGETED["POST /api/add_collection"], {"design"}),
    "create a database": ("POST /api/create_database", lambda ids: OWN["POST /api/create_database"], {"design"}),
    "count": ("GET /api/list_collections", TARGETED["GET /api/list_collections"], {"read"}),
    "dashboard": ("GET /core/api/v1/database/{database_id}", lambda ids: {}, {"read"}),
    "statistics": ("GET /api/stats", lambda ids: {}, {"read"}),
    "statistics (core)": ("GET /core/api/v1/dashboard/stats", lambda ids: {}, set()),
    **{route: (route, TARGETED[route], needed) for route, needed in NEEDED.items()},
    "metadata": ("GET /api/get_metadata", TARGETED["GET /api/get_metadata"], set()),
    "list": ("GET /api/list_databases", lambda ids: {}, set()),
    "status": ("GET /api/import_status", TARGETED["GET /api/import_status"], set()),
    "job": ("GET /api/job_status", TARGETED["GET /api/job_status"], set()),
    "export": ("GET /api/export", TARGETED["GET /api/export"], {"read"}),
    "describe": ("GET /api/collection_schema", TARGETED["GET /api/collection_schema"], {"read"}),
    "change a schema": ("PATCH /api/collection_schema", crud(strict=False), {"design"}),
    "restore a collection": ("POST /api/restore", restore_all, {"read", "insert", "write", "delete"}),
    "forget versions": ("DELETE /api/history", TARGETED["DELETE /api/history"], {"own"}),
    "clone": ("POST /api/clone_database", clone, {"read", "design"}),
    "list webhooks": ("GET /api/webhooks", TARGETED["GET /api/webhooks"], {"read", "design"}),
    "make a webhook": ("POST /api/webhooks", TARGETED["POST /api/webhooks"], {"read", "design"}),
    "list issuers": ("GET /api/issuers", TARGETED["GET /api/issuers"], {"own", "design"}),
    "add an issuer": ("POST /api/issuers", TARGETED["POST /api/issuers"], {"own", "design"}),
    "change an issuer": ("PATCH /api/issuers", TARGETED["PATCH /api/issuers"], {"own", "design"}),
    "drop an issuer": ("DELETE /api/issuers", TARGETED["DELETE /api/issuers"], {"own", "design"}),
    "log of a webhook": ("GET /api/webhooks/log", TARGETED["GET /api/webhooks/log"], {"read", "design"}),
    "switch a webhook off": ("PATCH /api/webhooks", TARGETED["PATCH /api/webhooks"], {"read", "design"}),
    "delete a webhook": ("DELETE /api/webhooks", TARGETED["DELETE /api/webhooks"], {"read", "design"}),
    "drop a collection": ("DELETE /api/drop_collections", TARGETED["DELETE /api/drop_collections"], {"own"}),
    "drop": (
        "DELETE /api/drop_database",
        lambda ids: {"json": {"database_id": ids["database"], "confirmation": ids["name"]}},
        {"own"},
    ),
    "list keys": ("GET /api/keys", lambda ids: {}, {"own"}),
    "make a key": ("POST /api/keys", a_key, {"own"}),
    "list keys (core)": ("GET /core/api/v1/keys", lambda ids: {}, {"own"}),
    "make a key (core)": ("POST /core/api/v1/keys", a_key, {"own"}),
}


OPERATIONS |= {
    f"{name} (v2)": (route.replace("/api/", "/api/v2/"), request, needed)
    for name, (route, request, needed) in OPERATIONS.items()
    if route in (*_SECOND_GENERATION, "POST /api/create_database", "GET /api/list_databases")
    and name not in ("try a delete", "import into a new collection")
}
OPERATIONS |= {
    route: (route, TARGETED[route], needed)
    for route, needed in {
        "PUT /api/v2/crud": {"write"},
        "POST /api/v2/crud/bulk": {"write"},
        "GET /api/v2/files": {"read"},
        "POST /api/v2/files": {"insert"},
        "GET /api/v2/files/{file_id}": {"read"},
        "DELETE /api/v2/files/{file_id}": {"delete"},
    }.items()
}


# What cannot be done twice, or leaves too little for the others.
ONCE = {
    "add a collection (v2)",
    "drop a collection (v2)",
    "drop (v2)",
    "delete (v2)",
    "DELETE /api/v2/files/{file_id}",
    "delete",
    "undelete",
    "drop an index",
    "add a collection",
    "clone",
    "import into a new collection",
    "restore a collection",
    "forget versions",
    "add an issuer",
    "drop an issuer",
    "delete a webhook",
    "drop a collection",
    "drop",
    "DELETE /db/{database}/rest/{collection}/{id}",
    "DELETE /db/{database}/media/{file}",
    f"DELETE {_ENTITIES}/crud/{{id}}",
    f"POST {_ENTITIES}/history/undelete/{{id}}",
}


def test_every_route_that_a_key_may_use_is_in_the_matrix() -> None:
    revoking = {"DELETE /api/keys/{key_id}", "DELETE /core/api/v1/keys/{key_id}"}
    in_matrix = {route for route, _, _ in OPERATIONS.values()}
    revoking.add("GET /db/{database}/realtime")  # a stream without an end, see tests/dialects/restdb
    revoking.add(
        "POST /db/{database}/mail"
    )  # the worker continues with it, see tests/dialects/restdb/views/test_mail.py
    # For people of outside identity providers alone, see tests/dialects/restdb/test_external_users.py.
    revoking.add("GET /db/{database}/auth/userinfo")
    revoking.add("POST /api/webhooks/replay")  # of what the worker makes, see tests/management/test_hooks.py
    revoking.add("POST /api/cancel_job")  # of jobs that run, see tests/management/test_transfers.py
    # See tests/dialects/airsequel/test_permissions.py.
    revoking |= SURFACES["airsequel"].requests.keys() | SURFACES["airsequel"].own.keys() - PEOPLE_ONLY
    # Below the only database of a key, the same views as below a database that the address names.
    revoking |= {route.replace("/communibase/{database}", "") for route in NEEDED if _ENTITIES in route}
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
        hooked = "webhook" in operation
        if operation in ONCE:
            return self._furnished(hooked=hooked)
        if hooked not in self._lasting:
            self._lasting[hooked] = self._furnished(hooked=hooked)
        return self._lasting[hooked]

    def _furnished(self, *, hooked: bool) -> Ids:
        client, bearer = self.tenant.client, self.tenant.bearer
        database, name = make_database(client, bearer)
        return {**furnish(client, bearer, database, hooked=hooked), "name": name}


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
        answers = {key: _sent_with(key, operation, world, keys, changing) for key in keys}
    assert {key for key, answer in answers.items() if answer.is_success} == {
        key for key in keys if allows(key, needed)
    }, answers
    assert [key for key, answer in answers.items() if not answer.is_success and answer.status_code != 403] == []


def _sent_with(key: str, operation: str, world: World, keys: dict[str, str], changing: Changing) -> httpx.Response:
    """Send an operation with a key; those that may change something have a tenant of their own for it."""
    route, request, needed = OPERATIONS[operation]
    tenant, ids = world.victim, {**world.ids, "name": world.victim.name}
    if allows(key, needed) and needed - {"read"}:
        tenant, keys = changing.tenant, changing.keys
        ids |= changing.ids(operation)
    sent = request(ids)
    if operation.startswith("create a database"):
        name = f"by_{key}_{'v2' if 'v2' in operation else 'v1'}".replace(" ", "_")
        sent = {"json": sent["json"] | {"db_name": name}}
    if operation.startswith("make a key"):
        sent = {"json": sent["json"] | {"actions": [key if key in ALL else next(a for a in ALL if a not in key)]}}
    return ask(tenant.client, filled(route, ids), auth=keys[key], **sent)


@pytest.mark.parametrize("key", ["read", "design", "not own"])
@pytest.mark.parametrize("route", ["DELETE /api/keys/{key_id}", "DELETE /core/api/v1/keys/{key_id}"])
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
