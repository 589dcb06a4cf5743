"""`expand` on GET /api/crud: references become the documents that they point to, of the same database alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import MISSING_ID, Tenant, refused, status_and_body


@pytest.fixture
def world(anna: Tenant) -> dict[str, str]:
    """Create firms, people who work for them and know each other, and posts of people."""
    firms = anna.new_collection({"name": "name"})
    people = anna.new_collection({"name": "firm", "type": "reference", "collection": firms})
    many = {"name": "friends", "type": "reference", "collection": people, "many": True}
    query = {"database_id": anna.database, "collection_name": people, "operations": [{"op": "add", "field": many}]}
    assert anna.ask("PATCH /api/collection_schema", json=query).status_code == 200
    posts = anna.new_collection({"name": "author", "type": "reference", "collection": people})
    (firm,) = anna.insert(firms, [{"name": "Acme"}])
    ann, bob = anna.insert(people, [{"n": "Ann", "firm": firm}, {"n": "Bob", "firm": MISSING_ID}])
    body = {"database_id": anna.database, "collection_name": people, "filters": {"_id": bob}}
    change = {"update_data": {"friends": [ann, MISSING_ID]}}
    assert anna.ask("PUT /api/crud", json=body | change).status_code == 200
    anna.insert(posts, [{"author": ann}, {"author": bob}, {"author": None}, {"x": 1}])
    return {"firms": firms, "people": people, "posts": posts, "ann": ann, "bob": bob, "firm": firm}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if name not in ("_sys", "_id")}
    return [plain(item) for item in value] if isinstance(value, list) else value


def test_one_level_two_and_many(anna: Tenant, world: dict[str, str]) -> None:
    acme = {"name": "Acme"}
    ann, bob = world["ann"], world["bob"]
    cases: dict[str, list[Any]] = {
        "": [{"author": ann}, {"author": bob}, {"author": None}, {"x": 1}],
        "author": [
            {"author": {"n": "Ann", "firm": world["firm"]}},
            {"author": {"n": "Bob", "firm": MISSING_ID, "friends": [ann, MISSING_ID]}},
            {"author": None},
            {"x": 1},
        ],
        "author.firm,author.friends.firm": [
            {"author": {"n": "Ann", "firm": acme}},
            {"author": {"n": "Bob", "firm": None, "friends": [{"n": "Ann", "firm": acme}, None]}},
            {"author": None},
            {"x": 1},
        ],
    }
    for expand, expected in cases.items():
        assert plain(anna.find(world["posts"], expand=expand)["data"]) == expected


def test_what_is_embedded_at_a_path(anna: Tenant) -> None:
    people = anna.new_collection({"name": "addresses", "type": "array"})
    room = {"name": "room", "type": "reference", "collection": people, "path": "addresses.rooms", "many": True}
    visits = anna.new_collection(
        {"name": "address", "type": "reference", "collection": people, "path": "addresses"}, room
    )
    one, two, three = (f"{number:024x}" for number in (1, 2, 3))
    inner = {"_id": two, "rooms": [{"_id": three, "name": "blue"}, {"name": "no id"}]}
    ann, _ = anna.insert(people, [{"addresses": [{"_id": one, "street": "A"}, inner]}, {"addresses": ["x", None]}])
    anna.insert(visits, [{"address": one}, {"address": two, "room": [three, one]}, {"address": ann}, {}])
    found = [{k: v for k, v in item.items() if k in ("address", "room")} for item in anna.find(visits)["data"]]
    assert found == [{"address": one}, {"address": two, "room": [three, one]}, {"address": ann}, {}]
    found = anna.find(visits, expand="address,room", fields="address,room")["data"]
    assert [{k: v for k, v in item.items() if k != "_id"} for item in found] == [
        {"address": {"_id": one, "street": "A"}},
        {"address": inner, "room": [{"_id": three, "name": "blue"}, None]},
        {"address": None},
        {},
    ]
    query = {"database_id": anna.database, "collection_name": visits, "expand": "address.street"}
    text = "'address.street' is not a reference of the collection."
    assert status_and_body(anna.ask("GET /api/crud", params=query)) == (
        400,
        refused(f"expand: {text}", ("expand", text)),
    )


def test_by_id_without_an_etag(anna: Tenant, world: dict[str, str]) -> None:
    query = {"database_id": anna.database, "collection_name": world["people"], "expand": "firm"}
    answer = anna.ask("GET /api/crud", params=query | {"filters": f'{{"_id": "{world["ann"]}"}}'})
    assert answer.json()["data"][0]["firm"]["name"] == "Acme"
    assert "ETag" not in answer.headers
    documents = anna.find(world["people"], filters=f'{{"firm": "{world["firm"]}"}}', expand="firm", fields="firm")
    assert plain(documents["data"]) == [{"firm": {"name": "Acme"}}]


def test_what_is_no_reference(anna: Tenant, world: dict[str, str]) -> None:
    query = {"database_id": anna.database, "collection_name": world["posts"]}
    for expand, errors in [
        ("x", ["'x' is not a reference of the collection."]),
        (
            "author.n,",
            ["'author.n' is not a reference of the collection.", "'' is not a reference of the collection."],
        ),
        (
            "author.friends.friends.firm",
            ["'author.friends.friends.firm' leads further than 3 references (MAX_EXPAND_DEPTH)."],
        ),
    ]:
        status, answer = status_and_body(anna.ask("GET /api/crud", params=query | {"expand": expand}))
        assert (status, [item["message"] for item in answer["errors"]]) == (400, errors)
    text = "expand does not go with as_of"
    answer = anna.ask("GET /api/crud", params=query | {"expand": "author", "as_of": "2026-01-01"})
    assert status_and_body(answer) == (400, refused(text, ("expand", text)))


def test_what_was_dropped_is_null(anna: Tenant, world: dict[str, str]) -> None:
    drop = {"database_id": anna.database, "collection_names": [world["firms"]]}
    assert anna.ask("DELETE /api/drop_collections", json=drop).status_code == 200
    assert plain(anna.find(world["people"], expand="firm")["data"])[0] == {"n": "Ann", "firm": None}


def test_a_reference_needs_its_collection(anna: Tenant) -> None:
    field = {"name": "r", "type": "reference", "collection": "nowhere"}
    body = {"database_id": anna.database, "collections": [{"name": "refers", "fields": [{"name": "a"}, field]}]}
    text = "The database has no collection 'nowhere'."
    path = "collections.0.fields.1.collection"
    assert status_and_body(anna.ask("POST /api/add_collection", json=body)) == (
        400,
        refused(f"Value Error: {path}: {text}", (path, text)),
    )
    both = [
        {"name": "refers", "fields": [field | {"collection": "there"}]},
        {"name": "there", "fields": [{"name": "a"}]},
    ]
    assert anna.ask("POST /api/add_collection", json={**body, "collections": both}).status_code == 201
