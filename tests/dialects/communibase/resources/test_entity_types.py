"""Entity types: created, changed and described as documents, with the rules of embedded types."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from tests.dialects.communibase.support import Communibase, bare, failed, refused, result_of
from tests.support import NOT_FOUND, Tenant

ADDRESS = [
    {"title": "street", "type": "string", "isRequired": True},
    {
        "title": "zipcode",
        "type": "string",
        "allowableValues": {"valueType": "RegExp", "match": "/^\\d{4}[a-z]{2}$/i"},
    },
    {"title": "countryCode", "type": "string", "minLength": 2, "maxLength": 2, "defaultValue": "NL"},
    {"title": "movedAt", "type": "Date"},
]
REQUIRED = "This field is required."


@pytest.fixture(scope="module")
def designer(anna: Tenant) -> Communibase:
    """A client with a key that may create entity types."""
    return Communibase(anna, anna.new_key(actions=["read", "insert", "write", "delete", "design"])[8:])


@pytest.fixture(scope="module")
def declare(designer: Communibase) -> Callable[..., dict[str, Any]]:
    """Return `declare(*attributes)`, which creates an entity type of a new title."""

    def create(*attributes: dict[str, Any], **members: Any) -> dict[str, Any]:
        body = {"title": f"T{secrets.token_hex(6)}", "attributes": list(attributes), **members}
        created: dict[str, Any] = designer.get("POST EntityType.json/crud", json=body)
        return created

    return create


@pytest.fixture(scope="module")
def address(declare: Callable[..., dict[str, Any]]) -> str:
    """The title of an embedded entity type."""
    title: str = declare(*ADDRESS, isResource=False)["title"]
    return title


@pytest.fixture(scope="module")
def person(declare: Callable[..., dict[str, Any]], address: str) -> str:
    """The title of an entity type with attributes of every kind."""
    title: str = declare(
        {"title": "firstName", "type": "string", "description": "As on the passport."},
        {"title": "registeredDate", "type": "Date", "isRequired": True},
        {"title": "age", "type": "int", "allowableValues": {"valueType": "Range", "min": 0, "max": 150}},
        {"title": "height", "type": "float"},
        {"title": "isMember", "type": "boolean", "defaultValue": False},
        {"title": "gender", "type": "string", "allowableValues": {"valueType": "List", "values": ["M", "F"]}},
        {
            "title": "sectors",
            "type": "Array",
            "items": "string",
            "allowableValues": {"valueType": "List", "values": ["a"]},
        },
        {"title": "groupId", "type": "ObjectId", "ref": "Group"},
        {"title": "addresses", "type": "Array", "items": address, "maxLength": 2},
        {"title": "home", "type": address},
        {"title": "reference", "type": "DocumentReference"},
        {"title": "extra", "type": "Mixed"},
        {"title": "settings", "type": "object"},
        {"title": "updatedAt", "type": "Date"},
    )["title"]
    return title


DATED = {"registeredDate": "2020-01-01T00:00:00.000Z"}


def test_a_collection_is_made(designer: Communibase, anna: Tenant, person: str, address: str) -> None:
    answer = anna.ask(
        "GET /api/collection_schema", params={"database_id": anna.database, "collection_name": person}
    ).json()["collection"]
    fields = {field.pop("name"): field for field in answer["fields"]}
    assert fields == {
        "firstName": {"type": "string", "description": "As on the passport."},
        "registeredDate": {"type": "datetime", "required": True},
        "age": {"type": "number"},
        "height": {"type": "number"},
        "isMember": {"type": "boolean", "default": False},
        "gender": {"type": "string"},
        "sectors": {"type": "array"},
        "groupId": {"type": "objectid"},
        "addresses": {"type": "array"},
        "home": {"type": "object"},
        "reference": {"type": "object"},
        "extra": {"type": "json"},
        "settings": {"type": "object"},
    }
    assert answer["json_schema"]["$defs"][address]["required"] == ["street"]


def test_it_is_described_as_declared(designer: Communibase, person: str, address: str) -> None:
    (described,) = designer.search("EntityType", {"title": person})
    assert (described["isResource"], described["updatedBy"]) == (True, "key “a key”")
    assert [item["title"] for item in described["attributes"]][:3] == ["firstName", "registeredDate", "age"]
    assert described["attributes"][2]["allowableValues"] == {"valueType": "Range", "min": 0, "max": 150}
    (embedded,) = designer.search("EntityType", {"title": address})
    assert (embedded["isResource"], embedded["attributes"]) == (False, ADDRESS)
    assert designer.get(f"EntityType.json/crud/{embedded['_id']}") == embedded
    by_id = designer.search("EntityType", {"_id": {"$in": [described["_id"], "no id"]}}, fields="attributes.title")
    assert [item["_id"] for item in by_id] == [described["_id"]]
    assert by_id[0]["attributes"][0] == {"title": "firstName"}


def test_a_collection_of_another_dialect_is_an_entity_type(communibase: Communibase) -> None:
    title = communibase.new_type(
        {"name": "name", "required": True, "enum": ["a", "b"]},
        {"name": "born", "type": "date", "default": "2000-01-01"},
        {"name": "friends", "type": "reference", "collection": "films", "many": True},
        {"name": "tags", "type": "array"},
        {"name": "other", "type": "decimal128"},
    )
    (described,) = communibase.search("EntityType", {"title": title})
    assert described["attributes"] == [
        {
            "title": "name",
            "type": "string",
            "isRequired": True,
            "allowableValues": {"valueType": "List", "values": ["a", "b"]},
        },
        {"title": "born", "type": "Date", "isRequired": False, "defaultValue": "2000-01-01T00:00:00.000Z"},
        {"title": "friends", "type": "Array", "items": "ObjectId", "isRequired": False, "ref": "films"},
        {"title": "tags", "type": "Array", "items": "Mixed", "isRequired": False},
        {"title": "other", "type": "Mixed", "isRequired": False},
    ]
    titles = [item["title"] for item in communibase.get("EntityType.json/crud", sort="title", fields="title")]
    assert {"films", title, "DocumentReference"} <= set(titles)
    assert titles == sorted(titles)
    answer = communibase.search("EntityType", {"isResource": False}, limit=1, includeMetadata=True)
    assert (answer["metadata"]["total"] >= 2, len(answer["records"])) == (True, 1)


def test_values_are_cast_and_embedded_documents_have_ids(designer: Communibase, anna: Tenant, person: str) -> None:
    created = designer.get(
        f"POST {person}.json/crud",
        json={
            **DATED,
            "firstName": 5,
            "age": "30",
            "height": "1.8",
            "isMember": "true",
            "gender": "",
            "groupId": "6560a1c2d3e4f5a6b7c8d9e0",
            "addresses": [
                {"street": "A", "streetNumber": 8, "movedAt": "2020-01-01"},
                {"_id": "528c992ac0913c6f01003975", "street": "B", "countryCode": "BE"},
            ],
            "home": {"_id": None, "street": "C"},
            "extra": {"any": [1]},
        },
    )
    first, second = created["addresses"]
    assert bare(created) == {
        **DATED,
        "firstName": "5",
        "age": 30,
        "height": 1.8,
        "isMember": True,
        "gender": "",
        "groupId": "6560a1c2d3e4f5a6b7c8d9e0",
        "addresses": [
            {
                "_id": first["_id"],
                "street": "A",
                "streetNumber": 8,
                "movedAt": "2020-01-01T00:00:00.000Z",
                "countryCode": "NL",
            },
            {"_id": "528c992ac0913c6f01003975", "street": "B", "countryCode": "BE"},
        ],
        "home": {"_id": created["home"]["_id"], "street": "C", "countryCode": "NL"},
        "extra": {"any": [1]},
    }
    assert len(first["_id"]) == 24
    changed = designer.get(f"PUT {person}.json/crud/{created['_id']}", json={**created, "firstName": "Tim"})
    assert bare(changed) == {**bare(created), "firstName": "Tim"}
    for selector in (
        {"addresses._id": first["_id"]},
        {"addresses": {"$elemMatch": {"_id": second["_id"], "movedAt": None}}},
        {"addresses.movedAt": {"$lt": "2020-01-01T00:00:00.001Z"}},
        {"home._id": {"$in": [created["home"]["_id"]]}},
        {"groupId": "6560a1c2d3e4f5a6b7c8d9e0"},
    ):
        assert [item["_id"] for item in designer.search(person, selector)] == [created["_id"]], selector


def test_references(designer: Communibase, person: str) -> None:
    one, other = "528c887772c1bd17070011cf", "528c877c7bcb1bdcc7001951"
    legacy = designer.get(
        f"POST {person}.json/crud", json={**DATED, "reference": f"Company|{one}.addresses|{other}"}
    )
    step = legacy["reference"]["path"][0]
    assert legacy["reference"] == {
        "_id": legacy["reference"]["_id"],
        "rootDocumentEntityType": "Company",
        "rootDocumentId": one,
        "path": [{"_id": step["_id"], "field": "addresses", "objectId": other}],
    }
    parent = {"rootDocumentEntityType": "parent.parent", "rootDocumentId": None, "path": []}
    stored = designer.get(f"POST {person}.json/crud", json={**DATED, "reference": parent})["reference"]
    assert {name: stored[name] for name in parent} == parent


def test_references_with_a_path(designer: Communibase, anna: Tenant, person: str, declare: Any) -> None:
    """Check an embedded address in the place of its id, in the other dialects."""
    target = {"type": "ObjectId", "ref": person, "path": "addresses"}
    visit = declare(
        {"title": "addressId", **target}, {"title": "others", **target, "type": "Array", "items": "ObjectId"}
    )
    title = visit["title"]
    params = {"database_id": anna.database, "collection_name": title}
    field = {"name": "addressId", "type": "reference", "collection": person, "path": "addresses"}
    fields = anna.ask("GET /api/collection_schema", params=params).json()["collection"]["fields"]
    assert fields == [field, field | {"name": "others", "many": True}]
    assert [item["path"] for item in visit["attributes"]] == ["addresses", "addresses"]
    owner = {**DATED, "addresses": [{"street": "A"}, {"street": "B"}]}
    one, other = designer.get(f"POST {person}.json/crud", json=owner)["addresses"]
    (id,) = designer.create(title, {"addressId": other["_id"], "others": [one["_id"], other["_id"]]})
    (expanded,) = anna.find(title, expand="addressId,others", fields="addressId,others")["data"]
    assert expanded == {"_id": id, "addressId": other, "others": [one, other]}
    key = {"x-apikey": anna.key}
    rest = f"/db/{anna.database}/rest/{title}"
    assert anna.client.get(rest, headers=key).json() == [{"_id": id, "addressId": [other], "others": [one, other]}]
    links = anna.client.get(rest, headers=key, params={"idtolink": "true"}).json()
    assert links == [{"_id": id, "addressId": [other["_id"]], "others": [one["_id"], other["_id"]]}]
    by_id = anna.client.get(rest, headers=key, params={"q": json.dumps({"addressId": other["_id"]})}).json()
    assert [item["_id"] for item in by_id] == [id]
    answer = anna.client.get(rest, headers=key, params={"q": '{"addressId.street": "B"}'})
    assert answer.status_code == 400, answer.text
    assert "leads to a part of a document, 'addresses'" in answer.json()["message"]
    visit["attributes"][0]["path"] = "home"
    changed = designer.get(f"PUT EntityType.json/crud/{visit['_id']}", json=visit)
    assert [item["path"] for item in changed["attributes"]] == ["home", "addresses"]
    assert anna.find(title, expand="addressId")["data"][0]["addressId"] is None
    wrong = [{"title": "a", **target, "path": "x..y"}]
    answer = designer.ask("POST EntityType.json/crud", json={"title": "x", "attributes": wrong})
    assert result_of(answer) == refused("attributes.0.path", "A field name must not be empty.")


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        ({"registeredDate": ""}, [("registeredDate", REQUIRED)]),
        ({"registeredDate": None}, [("registeredDate", REQUIRED)]),
        ({"addresses": [{"street": ""}, {}]}, [("addresses.0.street", REQUIRED), ("addresses.1.street", REQUIRED)]),
        ({"home": {"city": "x"}}, [("home.street", REQUIRED)]),
        ({"home": "x"}, [("home", "Must be an object.")]),
        ({"home": {"street": "x", "_id": "x"}}, [("home._id", "Must be an id of 24 hexadecimal digits.")]),
        (
            {"home": {"street": "x", "countryCode": "NLD"}},
            [("home.countryCode", "Must have at most 2 characters.")],
        ),
        ({"addresses": [{"street": "x"}] * 3}, [("addresses", "Must have at most 2 elements.")]),
        ({"addresses": {}}, [("addresses", "Must be an array.")]),
        ({"age": 151, "gender": "X"}, [("age", "Must be at most 150."), ("gender", "Must be one of M, F.")]),
        ({"age": 1.5}, [("age", "Must be a whole number.")]),
        ({"sectors": ["a", "b"]}, [("sectors.1", "Must be one of a.")]),
        ({"groupId": "x"}, [("groupId", "Must be an id of 24 hexadecimal digits.")]),
        ({"isMember": "perhaps"}, [("isMember", "Must be true or false.")]),
        ({"height": "tall"}, [("height", "Must be a number.")]),
        ({"firstName": {}}, [("firstName", "Must be a string.")]),
        (
            {"reference": "x"},
            [("reference", "Must be a reference, an object with rootDocumentEntityType and rootDocumentId.")],
        ),
        (
            {"home": {"street": "x", "zipcode": "12"}},
            [("home.zipcode", '"12" does not match "(?i)^\\d{4}[a-z]{2}$"')],
        ),
    ],
)
def test_what_does_not_fit(
    designer: Communibase, person: str, members: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    before = len(designer.get(f"{person}.json/crud", fields="_id"))
    status, body = result_of(designer.ask(f"POST {person}.json/crud", json={**DATED, **members}))
    assert (status, body["code"]) == (400, 400)
    assert [(error["field"], error["message"]) for error in body["errors"]] == errors
    assert len(designer.get(f"{person}.json/crud", fields="_id")) == before


def test_the_rules_hold_in_every_dialect(designer: Communibase, anna: Tenant, person: str) -> None:
    body = {"database_id": anna.database, "collection_name": person}
    for members in ({"home": {"street": ""}}, {"age": 1.5}, {"addresses": [{"city": "x"}]}, {"gender": "X"}):
        answer = anna.ask("POST /api/crud", json={**body, "data": [{**DATED, **members}]})
        assert answer.status_code == 400, members
    assert anna.ask("POST /api/crud", json={**body, "data": [{**DATED, "home": {"street": "x"}}]}).is_success


def test_an_entity_type_is_changed(designer: Communibase, declare: Any) -> None:
    part = declare({"title": "name", "type": "string"}, isResource=False)
    whole = declare(
        {"title": "parts", "type": "Array", "items": part["title"]},
        {"title": "old", "type": "string"},
        {"title": "number", "type": "string"},
    )
    title = whole["title"]
    (document_id,) = designer.create(title, {"parts": [{"name": "a"}], "old": "x", "number": "5"})
    part["attributes"][0]["isRequired"] = True
    designer.get(f"PUT EntityType.json/crud/{part['_id']}", json=part)
    assert result_of(designer.ask(f"POST {title}.json/crud", json={"parts": [{}]})) == refused(
        "parts.0.name", REQUIRED
    )
    whole["attributes"][1:] = [
        {"title": "number", "type": "number"},
        {"title": "new", "type": "string", "defaultValue": "n"},
    ]
    changed = designer.get(f"PUT EntityType.json/crud/{whole['_id']}", json=whole)
    assert changed["_id"] == whole["_id"]
    assert [item["title"] for item in changed["attributes"]] == ["parts", "number", "new"]
    document = bare(designer.get(f"{title}.json/crud/{document_id}"))
    assert {name: document.get(name) for name in ("old", "number", "new")} == {"old": None, "number": 5, "new": "n"}
    used = designer.ask(f"DELETE EntityType.json/crud/{part['_id']}")
    assert result_of(used) == failed(409, f"The entity types {title} have attributes of this type.")


def _described(tenant: Tenant, title: str) -> dict[str, Any]:
    """Return what the management API says of a collection, without sizes, which change with each checkpoint."""
    params = {"database_id": tenant.database, "collection_name": title}
    described: dict[str, Any] = tenant.ask("GET /api/collection_schema", params=params).json()["collection"]
    del described["storage"], described["history"]["stored_bytes"]
    return described


def test_a_description_that_is_sent_back_changes_nothing(designer: Communibase, anna: Tenant) -> None:
    title = designer.new_type(
        *({"name": kind, "type": kind} for kind in ("email", "date", "decimal128", "autonumber", "url")),
        {"name": "code", "unique": True},
        json_schema={"properties": {"code": {"maxLength": 3}}},
    )
    before = _described(anna, title)
    (described,) = designer.search("EntityType", {"title": title})
    described["description"] = "Of another dialect."
    designer.get(f"PUT EntityType.json/crud/{described['_id']}", json=described)
    assert _described(anna, title) == before
    assert designer.search("EntityType", {"description": "Of another dialect."})[0]["title"] == title


def test_an_embedded_type_is_removed(designer: Communibase, declare: Any) -> None:
    created = declare({"title": "name"}, isResource=False)
    assert designer.ask(f"GET {created['title']}.json/crud").status_code == 404
    assert designer.get(f"DELETE EntityType.json/crud/{created['_id']}") == {"success": True}
    assert result_of(designer.ask(f"GET EntityType.json/crud/{created['_id']}")) == failed(404, NOT_FOUND)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("title", REQUIRED)]),
        ({"title": "a b"}, [("title", "May only contain letters, digits, '_' and '-'.")]),
        ({"title": "EntityType"}, [("title", "The name 'EntityType' is reserved.")]),
        ({"title": "date"}, [("title", "The name 'date' is reserved.")]),
        ({"title": "x", "_id": "x"}, [("_id", "Must be an id of 24 hexadecimal digits.")]),
        ({"title": "x", "hint": ["\0"]}, [("", "Must not contain NUL.")]),
        ({"title": ["x"]}, [("title", "Must be a string.")]),
        ({"title": "x", "attributes": [{"title": ["a"]}]}, [("attributes.0.title", REQUIRED)]),
        ({"title": "x", "isResource": 1}, [("isResource", "Must be true or false.")]),
        (
            {"title": "x", "attributes": {}},
            [("attributes", "Must be an array of at most 1000 attributes (MAX_COLLECTION_FIELDS).")],
        ),
        (
            {"title": "x", "attributes": [{"type": "X"}, 5, {"title": "a"}, {"title": "a", "minLength": -1}]},
            [
                ("attributes.0.title", REQUIRED),
                (
                    "attributes.0.type",
                    "Must be one of string, int, integer, float, number, boolean, Date, ObjectId, Array, object, "
                    "Mixed, or the title of an entity type.",
                ),
                ("attributes.1", "Must be an object with a title."),
                ("attributes.3.minLength", "Must be a whole number that is not negative."),
                ("attributes.3.title", "'a' is named twice."),
            ],
        ),
        (
            {"title": "x", "attributes": [{"title": "a", "allowableValues": {"valueType": "x"}}]},
            [("attributes.0.allowableValues.valueType", "Must be List, RegExp or Range.")],
        ),
        (
            {"title": "x", "attributes": [{"title": "a", "type": "x"}]},
            [("attributes.0.type", "The entity type 'x' cannot be embedded in itself.")],
        ),
        (
            {"title": "x", "attributes": [{"title": "a.b"}]},
            [("attributes.0.title", "A field name must not contain a dot.")],
        ),
        (
            {"title": "x", "attributes": [{"title": "a", "type": "number", "defaultValue": "x"}]},
            [("attributes.0.defaultValue", "Must be a number.")],
        ),
    ],
)
def test_refused_declarations(designer: Communibase, body: Any, errors: list[tuple[str, str]]) -> None:
    status, answer = result_of(designer.ask("POST EntityType.json/crud", json=body))
    assert status == 400, answer
    assert [(error["field"], error["message"]) for error in answer["errors"]] == errors
    assert designer.search("EntityType", {"title": "x"}) == []


def test_a_pattern_that_is_no_regular_expression(designer: Communibase) -> None:
    attribute = {"title": "a", "allowableValues": {"valueType": "RegExp", "match": "/(/"}}
    body = {"title": "x", "isResource": False, "attributes": [attribute]}
    status, answer = result_of(designer.ask("POST EntityType.json/crud", json=body))
    assert (status, [error["field"] for error in answer["errors"]]) == (
        400,
        ["attributes.0.allowableValues.match"],
    )


def test_a_second_one_of_the_same_title(designer: Communibase, person: str) -> None:
    text = f"The entity type {person!r} exists already; send PUT to change it."
    assert result_of(designer.ask("POST EntityType.json/crud", json={"title": person})) == failed(409, text)


def test_designing_needs_its_permission(communibase: Communibase, person: str) -> None:
    expected = failed(403, "This needs the permission 'design'.")
    (described,) = communibase.search("EntityType", {"title": person})
    for route in ("POST EntityType.json/crud", f"PUT EntityType.json/crud/{described['_id']}"):
        assert result_of(communibase.ask(route, json=described)) == expected
    assert result_of(communibase.ask(f"DELETE EntityType.json/crud/{described['_id']}")) == expected
