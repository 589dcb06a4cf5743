"""Document routes of the dialect, with exact statuses and bodies."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.dialects.communibase.support import Communibase, bare, failed, refused, result_of
from tests.support import MISSING_ID, NO_CREDENTIALS, NOT_FOUND, Tenant, make_database

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
NO_ID = "Must be an id of 24 hexadecimal digits."


@pytest.fixture
def scratch(communibase: Communibase) -> str:
    """The title of an empty entity type."""
    return communibase.new_type({"name": "name", "required": True}, {"name": "code", "unique": True})


# --- one document -------------------------------------------------------------------------------------


def test_create_read_update_and_destroy(communibase: Communibase, scratch: str) -> None:
    created = communibase.get(f"POST {scratch}.json/crud", json={"_id": "", "name": "Tim", "tags": [{"a": None}]})
    assert bare(created) == {"name": "Tim", "tags": [{"a": None}]}
    assert re.fullmatch(TIME, created["updatedAt"])
    assert created["updatedBy"] == "key “a key”"
    address = f"{scratch}.json/crud/{created['_id']}"
    assert communibase.get(address) == created
    changed = communibase.get(f"PUT {address}", json={**created, "name": "Tom", "updatedBy": "me", "new": 1})
    assert bare(changed) == {"name": "Tom", "tags": [{"a": None}], "new": 1}
    assert changed["_id"] == created["_id"]
    assert bare(communibase.get(f"PUT {address}", json={"name": "Tom"})) == {"name": "Tom"}
    assert communibase.get(f"DELETE {address}") == {"success": True}
    for verb in ("GET", "DELETE"):
        assert result_of(communibase.ask(f"{verb} {address}")) == failed(404, NOT_FOUND)
    assert result_of(communibase.ask(f"PUT {address}", json=created)) == failed(404, NOT_FOUND)


@pytest.mark.parametrize("route", ["POST {}.json/crud", "POST {}.json/search"])
def test_a_number_that_would_be_0_is_refused(communibase: Communibase, scratch: str, route: str) -> None:
    answer = communibase.ask(
        route.format(scratch), content='{"name": "x", "n": 1e-400}', headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert "The number 1e-400 is too small: it would be stored as 0." in answer.text


@pytest.mark.parametrize(
    ("route", "body", "expected"),
    [
        ("POST {}.json/crud", {}, refused("name", "This field is required.")),
        ("POST {}.json/crud", None, failed(400, "The body must be a JSON object, the whole document.")),
        ("POST {}.json/crud", [], failed(400, "The body must be a JSON object, the whole document.")),
        (
            "POST {}.json/crud",
            {"_id": MISSING_ID},
            refused("_id", "A new document has no _id; send PUT to its own address to change a document."),
        ),
        (
            "POST {}.json/crud",
            {"code": []},
            failed(
                400,
                "2 errors; the first: code: Must be a string.",
                ("code", "Must be a string."),
                ("name", "This field is required."),
            ),
        ),
        ("PUT {}.json/crud/" + MISSING_ID, {"code": "a"}, refused("name", "This field is required.")),
        ("PUT {}.json/crud/" + MISSING_ID, {"_id": "x"}, refused("_id", "Must be the id of the address.")),
        ("GET {}.json/crud/x", None, failed(404, NOT_FOUND)),
        ("GET {}.json/crud/undefined", None, failed(404, NOT_FOUND)),
        ("GET nothing.json/crud", None, failed(404, "Unknown entity type 'nothing'.")),
        ("POST [object%20Object].json/search", {}, failed(404, "Unknown entity type '[object Object]'.")),
        ("GET {}.json/nothing", None, failed(404, NOT_FOUND)),
        ("GET {}", None, failed(404, NOT_FOUND)),
        ("PATCH {}.json/crud", {}, failed(405, "The method PATCH is not allowed here; use GET, POST, OPTIONS.")),
    ],
)
def test_refused(communibase: Communibase, scratch: str, route: str, body: Any, expected: Any) -> None:
    assert result_of(communibase.ask(route.format(scratch), json=body)) == expected


def test_unique_values(communibase: Communibase, scratch: str) -> None:
    communibase.create(scratch, {"name": "Tim", "code": "a"})
    answer = communibase.ask(f"POST {scratch}.json/crud", json={"name": "Tom", "code": "a"})
    assert answer.status_code == 409
    assert [error["field"] for error in answer.json()["errors"]] == ["code"]


def test_a_strict_collection_takes_whole_documents_back(communibase: Communibase) -> None:
    title = communibase.new_type({"name": "name"}, {"name": "number", "type": "autonumber"}, strict=True)
    created = communibase.get(f"POST {title}.json/crud", json={"name": "Tim", "unknown": 1})
    assert bare(created) == {"name": "Tim", "number": 1}
    changed = communibase.get(f"PUT {title}.json/crud/{created['_id']}", json={**created, "name": "Tom", "x": 1})
    assert bare(changed) == {"name": "Tom", "number": 1}


def test_the_same_documents_as_the_data_api(communibase: Communibase, anna: Tenant, scratch: str) -> None:
    (document_id,) = anna.insert(scratch, [{"name": "Tim"}])
    stored = communibase.get(f"{scratch}.json/crud/{document_id}")
    assert (stored["name"], stored["updatedBy"]) == ("Tim", anna.email)
    communibase.get(f"PUT {scratch}.json/crud/{document_id}", json={**stored, "name": "Tom"})
    (document,) = anna.find(scratch)["data"]
    assert (document["name"], document["_sys"]["version"]) == ("Tom", 2)
    assert set(document) == {"_id", "name", "_sys"}


def test_attributes_of_the_names_of_stamps(communibase: Communibase) -> None:
    title = communibase.new_type({"name": "updatedAt"})
    created = communibase.get(f"POST {title}.json/crud", json={"updatedAt": "yesterday"})
    assert created["updatedAt"] == "yesterday"
    assert len(communibase.search(title, {"updatedAt": "yesterday"})) == 1


# --- lists --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ({}, ["Joe", "Ann", "Bob"]),
        ({"name": "Ann"}, ["Ann"]),
        ({"name": {"$in": ["Ann", "Bob"]}}, ["Ann", "Bob"]),
        ({"age": {"$gte": 30, "$lt": 41}}, ["Joe"]),
        ({"age": None}, ["Bob"]),
        ({"age": {"$exists": False}}, ["Bob"]),
        ({"name": {"$regex": "^a", "$options": "i"}}, ["Ann"]),
        ({"born": {"$lt": "1980-05-01T08:00:00.001Z"}}, ["Joe"]),
        ({"born": "1980-05-01T10:00:00+02:00"}, ["Joe"]),
        ({"$or": [{"born": {"$gt": "1985-01-01"}}, {"name": "Joe"}]}, ["Joe", "Ann"]),
        ({"born": {"$not": {"$lt": "1985-01-01"}}, "age": {"$ne": None}}, ["Ann"]),
        ({"pets": {"$elemMatch": {"kind": "dog", "age": {"$gt": 5}}}}, ["Bob"]),
        ({"pets.kind": "cat"}, ["Bob"]),
        ({"_id": {"$exists": True}}, ["Joe", "Ann", "Bob"]),
        ({"_id": {"$exists": False}}, []),
        ({"_id": "no id"}, []),
        ({"_id": {"$in": ["no id", "x" * 24]}}, []),
        ({"_id": {"$ne": "no id"}}, ["Joe", "Ann", "Bob"]),
        ({"friendId": "z" * 24}, []),
        ({"updatedAt": {"$gt": "2020-01-01T00:00:00Z"}}, ["Joe", "Ann", "Bob"]),
    ],
)
def test_selectors(communibase: Communibase, person: str, selector: Any, names: list[str]) -> None:
    assert communibase.names(person, selector) == names


def test_ids_are_cast(communibase: Communibase, person: str) -> None:
    ids = [item["_id"] for item in communibase.get(f"{person}.json/crud", fields="_id")]
    for selector, names in [
        ({"_id": ids[0]}, ["Joe"]),
        ({"_id": {"$in": [ids[2], "no id", ids[0]]}}, ["Joe", "Bob"]),
        ({"_id": {"$nin": [ids[2], "no id"]}}, ["Joe", "Ann"]),
        ({"friendId": ids[0]}, ["Ann"]),
        ({"friendId": {"$in": [ids[0], None]}}, ["Joe", "Ann", "Bob"]),
        ({"$and": [{"friendId": {"$eq": ids[0]}}]}, ["Ann"]),
    ]:
        assert communibase.names(person, selector) == names


@pytest.mark.parametrize(
    ("selector", "field", "text"),
    [
        ([], "selector", 'Must be an object, such as {"lastName": "Jansen"}.'),
        ({"$where": "1"}, "selector.$where", "The operator $where is not allowed here."),
        ({"age": {"$foo": 1}}, "selector.age.$foo", "The operator $foo is not allowed here."),
        (
            {"$or": [{"born": {"$lt": "x"}}]},
            "selector.$or.0.born.$lt",
            "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z.",
        ),
        ({"friendId": {"$gt": "x"}}, "selector.friendId.$gt", NO_ID),
        ({"friendId": 5}, "selector.friendId", NO_ID),
        ({"$or": 5}, "selector.$or", "Must be an array of at least one filter."),
    ],
)
def test_refused_selectors(communibase: Communibase, person: str, selector: Any, field: str, text: str) -> None:
    assert result_of(communibase.ask(f"POST {person}.json/search", json=selector)) == refused(field, text)


@pytest.mark.parametrize("body", [b"", b"  ", b"null", b"{}"])
def test_search_without_a_selector(communibase: Communibase, person: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = communibase.ask(f"POST {person}.json/search", content=body, headers=headers)
    assert [item["name"] for item in answer.json()] == ["Joe", "Ann", "Bob"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sort=name", ["Ann", "Bob", "Joe"]),
        ("sort=name&dir=DESC", ["Joe", "Bob", "Ann"]),
        ("sort=-name", ["Joe", "Bob", "Ann"]),
        ("sort=-name&dir=desc", ["Ann", "Bob", "Joe"]),
        ('sort={"name":-1}', ["Joe", "Bob", "Ann"]),
        ("sort=age+name", ["Bob", "Joe", "Ann"]),
        ("limit=2", ["Joe", "Ann"]),
        ("limit=2&page=2", ["Bob"]),
        ("limit=2&page=3", []),
        ("limit=1000000&page=1", ["Joe", "Ann", "Bob"]),
        ("limit=0", ["Joe", "Ann", "Bob"]),
        ("sort=updatedAt&dir=DESC&limit=1", ["Ann"]),
        ("unknown=1", ["Joe", "Ann", "Bob"]),
    ],
)
def test_order_and_number(communibase: Communibase, person: str, query: str, expected: list[str]) -> None:
    for answer in (
        communibase.ask(f"GET {person}.json/crud?{query}"),
        communibase.ask(f"POST {person}.json/search/?{query}"),
    ):
        assert [item["name"] for item in answer.json()] == expected


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("fields=_id", {"_id"}),
        ("fields=name", {"_id", "name"}),
        ("fields=name+age", {"_id", "name", "age"}),
        ("fields=name,age", {"_id", "name", "age"}),
        ("fields=-name", {"_id", "age", "born", "updatedAt", "updatedBy"}),
        ("fields=-name+-updatedAt", {"_id", "age", "born", "updatedBy"}),
        ("fields[]=name&fields[]=age", {"_id", "name", "age"}),
        ("fields[name]=1", {"_id", "name"}),
        ("fields[name]=0", {"_id", "age", "born", "updatedAt", "updatedBy"}),
        ('fields={"name":1,"_id":0}', {"_id", "name"}),
        ('fields=["name"]', {"_id", "name"}),
        ("fields=updatedAt", {"_id", "updatedAt"}),
        ("fields=", {"_id", "name", "age", "born", "updatedAt", "updatedBy"}),
    ],
)
def test_fields(communibase: Communibase, person: str, query: str, names: set[str]) -> None:
    (joe,) = communibase.ask(f"POST {person}.json/search?{query}", json={"name": "Joe"}).json()
    assert set(joe) == names
    assert communibase.ask(f"GET {person}.json/crud/{joe['_id']}?{query}").json() == joe


def test_fields_inside_arrays(communibase: Communibase, person: str) -> None:
    (bob,) = communibase.search(person, {"name": "Bob"}, fields="pets.kind")
    assert bob == {"_id": bob["_id"], "pets": [{"kind": "cat"}, {"kind": "dog"}]}


@pytest.mark.parametrize(
    ("query", "field", "text"),
    [
        ("limit=x", "limit", "Must be a whole number from 0 to 2147483647."),
        ("limit=-1", "limit", "Must be a whole number from 0 to 2147483647."),
        ("dir=up", "dir", "Must be ASC or DESC."),
        ("fields=name+-age", "fields", "Fields are either named or excluded, not both."),
        ("fields={", "fields", "The JSON is not valid"),
        ('fields={"a":"b"}', "fields", "Must be names with spaces between them, or an object of 1, 0 or -1."),
        ("sort=a..b", "sort", "A field name must not be empty."),
        ("limit=1&limit=2", "limit", "Give this parameter once only."),
    ],
)
def test_refused_parameters(communibase: Communibase, person: str, query: str, field: str, text: str) -> None:
    status, body = result_of(communibase.ask(f"GET {person}.json/crud?{query}"))
    assert (status, body["code"]) == (400, 400)
    assert [error["field"] for error in body["errors"]] == [field]
    assert body["errors"][0]["message"].startswith(text), body


def test_metadata(communibase: Communibase, person: str) -> None:
    answer = communibase.search(person, {"age": {"$gt": 1}}, limit=1, includeMetadata=True)
    assert answer["metadata"] == {"total": 2}
    assert [item["name"] for item in answer["records"]] == ["Joe"]
    assert communibase.get(f"{person}.json/crud", includeMetadata=False, fields="name")[0].keys() == {"_id", "name"}


def test_long_answers_are_whole_and_streamed(communibase: Communibase, anna: Tenant) -> None:
    title = communibase.new_type({"name": "number", "type": "number"})
    ids = anna.insert(title, [{"number": number} for number in range(1_300)])
    listed = communibase.ask(f"GET {title}.json/crud")
    assert "Content-Length" not in listed.headers
    assert [item["_id"] for item in listed.json()] == ids
    assert [
        item["number"] for item in communibase.get(f"{title}.json/crud", sort="-number", limit=300, page=2)
    ] == [*range(999, 699, -1)]
    assert len(communibase.search(title, {"_id": {"$in": [*ids, "no id"]}})) == 1_300
    answer = communibase.get(f"{title}.json/crud", includeMetadata=True, fields="_id")
    assert (answer["metadata"], len(answer["records"])) == ({"total": 1_300}, 1_300)


# --- credentials and addresses ------------------------------------------------------------------------


def test_credentials(communibase: Communibase, anna: Tenant, person: str) -> None:
    address = f"/0.1/{person}.json/crud"
    for request in (
        {"headers": {"x-api-key": anna.key}},
        {"params": {"api_key": anna.key}},
        {"headers": {"x-access-token": anna.access}},
        {"params": {"token": anna.access}},
        {"headers": {"Authorization": anna.api_key}},
    ):
        assert len(anna.client.get(address, **request).json()) == 3
    assert result_of(anna.client.get(address)) == failed(401, NO_CREDENTIALS)
    assert result_of(communibase.ask(f"GET {person}.json/crud", key="x")) == failed(401, "Invalid API Key.")


def test_a_key_of_several_databases_names_one_in_the_address(web: Any, ben: Tenant) -> None:
    other, name = make_database(web, ben.bearer)
    key = ben.key
    text = "This credential opens several databases; name one of them in the address."
    assert result_of(web.get("/0.1/films.json/crud", params={"api_key": key})) == failed(400, text)
    for database in (other, name, ben.database):
        answer = web.get(f"/communibase/{database}/0.1/films.json/crud/", params={"api_key": key})
        assert result_of(answer) == (200, [])
    narrow = ben.new_key(databases=[other]).removeprefix("Api-Key ")
    assert result_of(web.get("/0.1/films.json/crud", headers={"x-api-key": narrow})) == (200, [])
    missing = web.get(f"/communibase/{ben.database}/0.1/films.json/crud", headers={"x-api-key": narrow})
    assert result_of(missing) == failed(404, NOT_FOUND)


def test_no_redirect_and_no_secret_in_the_log(communibase: Communibase, person: str) -> None:
    for path in (f"{person}.json/crud/", f"{person}.json/search/"):
        verb = "GET" if "crud" in path else "POST"
        assert communibase.ask(f"{verb} {path}").status_code == 200
    assert json.dumps(communibase.get(f"{person}.json/crud"))
