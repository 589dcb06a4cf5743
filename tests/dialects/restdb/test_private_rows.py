"""External users with collections of which they see their own documents: every route and parameter, and events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.dialects.restdb.external_users import FULL, ExternalUser, add_issuer, token
from tests.dialects.restdb.realtime.test_messages import Message, messages, next_of
from tests.dialects.restdb.support import result_of
from tests.support import MISSING_ID, Tenant, Truth, make_tenant

HIDDEN = "the-secret-of-eve"
# Seconds for which a token is accepted after its end, because clocks differ.
LEEWAY = 30
ROLES = {"all": {"*": FULL, "media": ["GET"]}}
HEARS = {
    "sub": ["chat", *(f"{verb}:{name}" for verb in ("POST", "PUT", "DELETE") for name in ("diary", "plain"))],
    "pub": ["chat"],
}
DIARY = [
    {"name": "text"},
    {"name": "n", "type": "number"},
    {"name": "day", "type": "date"},
    {"name": "code", "unique": True},
    {"name": "after", "type": "reference", "collection": "diary"},
]
PAGES = [
    {"name": "text"},
    {"name": "_parent_id", "type": "reference", "collection": "diary"},
    {"name": "_parent_field", "default": "pages"},
    {"name": "about", "type": "reference", "collection": "diary"},
]


@dataclass(frozen=True)
class World:
    """Joe and Eve with a document each in `diary`, and a page of Eve's; `open` links to Eve's document."""

    tenant: Tenant
    joe: ExternalUser
    eve: ExternalUser
    ids: dict[str, str]
    physical: str

    def with_ids(self, text: str) -> str:
        return text.format(**self.ids)


@pytest.fixture(scope="module")
def world(web: httpx.Client, truth: Truth) -> World:
    tenant = make_tenant(web)
    plain = [{"name": "text"}]
    tenant.add({"name": "diary", "fields": DIARY}, {"name": "plain", "fields": plain, "history": False})
    tenant.add({"name": "pages", "fields": PAGES}, {"name": "users", "fields": [{"name": "email"}]})
    tenant.add({"name": "open", "fields": [{"name": "of", "type": "reference", "collection": "diary"}]})
    people = [{"email": f"{name}@example.com", "roles": ["all"], "realtime": HEARS} for name in ("joe", "eve")]
    tenant.insert("users", people)
    add_issuer(tenant, roles=ROLES, private=["diary", "plain", "pages"])
    joe, eve = (ExternalUser(tenant, token(f"{name}@example.com")) for name in ("joe", "eve"))
    theirs = eve.make("diary", text=HIDDEN, n=4.25, day="2001-02-03", code="taken")
    mine = joe.make("diary", text="joe", n=1, day="2026-01-01", code="free", after=theirs)
    page = eve.make(f"diary/{theirs}/pages", text=HIDDEN, about=theirs)
    stray = joe.make("pages", text="stray", about=theirs)
    pointer = joe.make("open", of=theirs)
    ((physical,),) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", tenant.database)
    ids = {"theirs": theirs, "mine": mine, "page": page, "stray": stray, "pointer": pointer}
    return World(tenant, joe, eve, ids, physical)


# Reads with their statuses; none of them may show Eve's values.
READS: dict[str, int] = {
    "diary": 200,
    "diary?metafields=true": 200,
    "diary?q={{}}&totals=true": 200,
    "diary?totals=true&count=true": 200,
    'diary?q={{"text":{{"$regex":"secret"}}}}': 200,
    'diary?q={{"_id":"{theirs}"}}': 200,
    'diary?q={{"$or":[{{"n":4.25}},{{"n":1}}]}}': 200,
    'diary?q={{"_createdby":{{"$not":"x"}}}}': 200,
    'diary?q={{"$not":{{"n":1}}}}': 200,
    'diary?q={{"$expr":{{"$gt":["$n",0]}}}}': 200,
    'diary?q={{"after._id":"{theirs}"}}': 200,
    "diary?filter=secret": 200,
    "diary?sort=n&dir=-1&max=1": 200,
    "diary?skip=1": 200,
    "diary?groupby=text": 200,
    "diary?groupby=$YEAR:day&aggregate=COUNT:x": 200,
    "diary?aggregate=SUM:n&aggregate=MAX:n&aggregate=MIN:n&aggregate=AVG:n&aggregate=COUNT:x": 200,
    "diary?aggregate=COUNT:x&totals=true": 200,
    'diary?h={{"$aggregate":["MAX:n"],"$aggregate-grand-total":true,"$groupby":["text"]}}': 200,
    'diary?h={{"$fields":{{"text":1}},"$orderby":{{"n":-1}}}}': 200,
    "diary?fetchchildren=true": 200,
    "diary?fetchmediadata=true": 200,
    "diary?flatten=true": 200,
    "diary/{mine}": 200,
    "diary/{mine}?referencedby=true&fetchchildren=true&metafields=true": 200,
    "diary/{mine}?flatten=true": 200,
    "diary/{mine}/pages": 200,
    "diary/{theirs}": 404,
    "diary/{theirs}?referencedby=true": 404,
    "diary/{theirs}/pages": 404,
    "diary/{theirs}/pages/{page}": 404,
    "diary/{mine}/pages/{page}": 404,
    "pages": 200,
    "pages/{page}": 404,
    "pages/{stray}?referencedby=true": 200,
    "open": 200,
    "open/{pointer}?flatten=true": 200,
    "open?groupby=of": 200,
    'open?q={{"of._id":"{theirs}"}}': 200,
    "_meta": 200,
    "diary/_meta": 200,
    "_swagger.json": 200,
}


@pytest.mark.parametrize("path", READS)
def test_reads_show_nothing_of_others(world: World, path: str) -> None:
    """A hidden document is answered like a missing one."""
    answer = world.joe.ask(f"GET {world.with_ids(path)}")
    assert answer.status_code == READS[path], answer.text
    for secret in (HIDDEN, "4.25", "2001", "taken", "eve@example.com"):
        assert secret not in answer.text
    totals = json.loads(answer.headers.get("X-Pagination", "{}"))
    assert totals.get("total") is None or totals["total"] <= 1
    if READS[path] == 404:
        nothing = dict.fromkeys(world.ids, MISSING_ID) | {"mine": world.ids["mine"]}
        assert result_of(answer) == result_of(world.joe.ask(f"GET {path.format(**nothing)}"))


def test_aggregations_cover_own_documents(world: World) -> None:
    index = {
        "database_id": world.tenant.database,
        "collection_name": "diary",
        "keys": [{"field": "_sys.created_by"}],
    }
    assert world.tenant.ask("POST /api/indexes", json=index).is_success
    metrics = world.joe.get("diary?aggregate=SUM:n&aggregate=COUNT:x&aggregate=MAX:n")
    assert (metrics["SUM n"], metrics["COUNT x"], metrics["MAX n"]["text"]) == (1, 1, "joe")
    assert world.joe.get("diary?totals=true&count=true")["totals"]["count"] == 1
    assert [item["text"] for item in world.eve.get("diary")] == [HIDDEN]
    assert world.joe.get("open")[0]["of"] == []
    assert world.eve.get("open")[0]["of"][0]["text"] == HIDDEN
    assert world.tenant.count("diary") == 2
    assert world.joe.get(f"open/{world.ids['pointer']}", idtolink="true")["of"][0].endswith(world.ids["theirs"])


CHANGES: dict[str, tuple[Any, tuple[int, ...]]] = {
    "PUT diary/{theirs}": ({"text": "joe was here"}, (404,)),
    "PATCH diary/{theirs}": ({"$inc": {"n": 1}}, (404,)),
    "PUT diary/{theirs}?": ({}, (404,)),
    "DELETE diary/{theirs}": (None, (404,)),
    "DELETE diary/*": (["{theirs}"], (200,)),
    "DELETE diary/*?q={{}}": (None, (403,)),
    "DELETE pages/{page}": (None, (404,)),
    "POST diary/{theirs}/pages": ({"text": "joe was here"}, (404,)),
    "POST diary": ([{"code": "joe was here"}, {"code": "taken"}], (400,)),
    "PUT diary/{mine}": ({"code": "taken"}, (400,)),
    "POST pages?": ({"_id": "{page}", "about": "x"}, (400,)),
}


@pytest.mark.parametrize("route", CHANGES)
def test_documents_of_others_cannot_be_changed(world: World, truth: Truth, route: str) -> None:
    content, statuses = CHANGES[route]
    before = truth.documents(world.physical)
    body = (
        {}
        if content is None
        else {"json": json.loads(json.dumps(content).replace("{theirs}", world.ids["theirs"]))}
    )
    answer = world.joe.ask(world.with_ids(route), **body)
    assert answer.status_code in statuses, answer.text
    assert HIDDEN not in answer.text
    assert world.ids["theirs"] not in answer.text
    assert truth.documents(world.physical) == before


def test_own_documents_can_be_changed(world: World) -> None:
    document_id = world.joe.make("diary", text="mine", _createdby="eve")
    assert world.joe.ask(f"PUT diary/{document_id}", json={"text": "still mine"}).status_code == 200
    assert world.eve.ask(f"GET diary/{document_id}").status_code == 404
    assert world.eve.ask(f"DELETE diary/{document_id}").status_code == 404
    assert result_of(world.joe.ask("DELETE diary/*", json=[document_id, world.ids["theirs"]])) == (
        200,
        {"result": [document_id]},
    )


# --- events --------------------------------------------------------------------------------------------


@contextmanager
def subscribed(world: World, **params: str) -> Iterator[Iterator[Message]]:
    address = f"{world.tenant.client.base_url}/db/{world.tenant.database}/realtime"
    with httpx.stream("GET", address, params=params, timeout=60, trust_env=False) as answer:
        assert answer.status_code == 200, answer.read()
        yield messages(answer)


def publish(user: ExternalUser, channel: str) -> httpx.Response:
    return user.ask("POST /realtime", json={"event": channel, "data": 1})


def test_own_events_are_received(world: World) -> None:
    """Of every operation, with history and without. A delete without history has no creator and is not sent."""
    received, expected = list[Message](), []
    with subscribed(world, jwt=world.joe.token) as events:
        next(events)
        for name in ("diary", "plain"):
            for user in (world.eve, world.joe):
                document_id = user.make(name, text="x")
                assert user.ask(f"PUT {name}/{document_id}", json={"text": "y"}).status_code == 200
                # Received before the delete: without history only the document names its creator.
                while user is world.joe and (
                    not received or received[-1][0] != "put" or _id(received[-1][2]["data"]) != document_id
                ):
                    received.append(next_of(events))
                assert user.ask(f"DELETE {name}/{document_id}").status_code == 200
            expected += [("post", document_id), ("put", document_id)] + (
                [("delete", document_id)] if name == "diary" else []
            )
        assert publish(world.eve, "chat").status_code == 200
        received += [next_of(events) for _ in range(len(expected) + 1 - len(received))]
    assert (_names_and_ids(received[:-1]), received[-1][0]) == (expected, "publish")


def _names_and_ids(events: list[Message]) -> list[tuple[str, str]]:
    return [(name, _id(body["data"])) for name, _, body in events]


def _id(data: Any) -> str:
    return data["_id"] if type(data) is dict else data[0] if type(data) is list else data


def test_channels_of_external_users(world: World) -> None:
    assert publish(world.joe, "other").status_code == 403
    key = world.tenant.ask(
        "POST /api/keys",
        json={"name": "page", "actions": ["read"], "web": {"origins": ["https://a.example"], "realtime": ["chat"]}},
    ).json()["key"]
    with subscribed(world, **{"jwt": world.joe.token, "rt-apikey": key}) as events:
        next(events)
        world.joe.make("diary", text="heard by no key")
        publish(world.eve, "chat")
        assert next_of(events)[0] == "publish"
    address = f"/db/{world.tenant.database}/realtime"
    query = {"jwt": world.joe.token, "rt-apikey": key}
    client = world.tenant.client
    assert client.get(address, params=query, headers={"Origin": "https://b.example"}).status_code == 403
    blind = world.tenant.new_key(actions=["insert"]).removeprefix("Api-Key ")
    assert client.get(address, params=query | {"rt-apikey": blind}).status_code == 403
    foreign = make_tenant(client)
    assert client.get(address, params=query | {"rt-apikey": foreign.key}).status_code == 401


def test_streams_end_with_the_token_and_the_user(world: World) -> None:
    """Within two seconds of the user's deactivation."""
    (user,) = world.tenant.insert("users", [{"email": "end@example.com", "roles": ["all"], "realtime": HEARS}])
    with subscribed(world, jwt=token("end@example.com")) as events:
        next(events)
        users = {"database_id": world.tenant.database, "collection_name": "users"}
        change = {"filters": {"_id": user}, "update_data": {"active": False}}
        assert world.tenant.ask("PUT /api/crud", json={**users, **change}).status_code == 200
        assert next(item for item in events if item[0] != "ping")[0] == "error"
    address = f"{world.tenant.client.base_url}/db/{world.tenant.database}/realtime"
    for seconds in (3, 10, 60):  # on a busy machine a token may end before its stream begins
        params = {"jwt": token("joe@example.com", exp=int(time.time()) - LEEWAY + seconds)}
        with httpx.stream("GET", address, params=params, timeout=60, trust_env=False) as answer:
            if answer.status_code == 200:
                assert [name for name, _, _ in messages(answer)][-1] == "error"
                return
    raise AssertionError("no token was valid for long enough")
