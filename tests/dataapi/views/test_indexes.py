"""/api/indexes over HTTP; which indexes there can be is in tests/engine/indexes/test_indexes.py."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support import Tenant, refused, status_and_body


def send(anna: Tenant, verb: str, collection: str, auth: str | None = None, **members: Any) -> tuple[int, Any]:
    body = {"database_id": anna.database, "collection_name": collection, **members}
    return status_and_body(anna.ask(f"{verb} /api/indexes", auth=auth, json=body))


def listed(anna: Tenant, collection: str) -> list[dict[str, Any]]:
    query = {"database_id": anna.database, "collection_name": collection}
    status, body = status_and_body(anna.ask("GET /api/indexes", params=query))
    assert (status, list(body)) == (200, ["success", "indexes"])
    return body["indexes"]


@pytest.fixture
def things(anna: Tenant) -> str:
    return anna.new_collection({"name": "email", "unique": True})


def test_created_listed_dropped(anna: Tenant, things: str) -> None:
    keys = [{"field": "a", "order": 1}, {"field": "b.c", "order": -1}]
    anna.insert(things, [{"a": 1, "b": {"c": 1}}])
    created = send(anna, "POST", things, keys=keys, unique=True, partial_filter={"a": {"$gt": 1}}, name="mine")
    assert created == (201, {"success": True, "name": "mine"})
    by_name = {index["name"]: index for index in listed(anna, things)}
    assert list(by_name) == ["_id_", "mine", "unique_0"]
    mine = by_name["mine"]
    assert mine.pop("size") > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", mine.pop("uses_since"))
    assert mine == {
        "name": "mine",
        "keys": keys,
        "unique": True,
        "sparse": False,
        "partial_filter": {"a": {"$gt": 1}},
        "expire_after_seconds": None,
        "collation": None,
        "of_schema": False,
        "building": False,
        "uses": 0,
    }
    assert by_name["unique_0"]["of_schema"] is True
    assert send(anna, "DELETE", things, name="mine") == (200, {"success": True, "name": "mine"})
    gone = "There is no index 'mine'."
    assert send(anna, "DELETE", things, name="mine") == (404, refused(gone))
    assert [index["name"] for index in listed(anna, things)] == ["_id_", "unique_0"]


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("*", 404, "There is no index '*'."),
        ("_id_", 409, "The index of _id cannot be dropped."),
        ("unique_0", 409, "The index belongs to a unique field of the schema."),
    ],
)
def test_indexes_that_stay(anna: Tenant, things: str, name: str, status: int, message: str) -> None:
    before = [(index["name"], index["keys"]) for index in listed(anna, things)]
    assert send(anna, "DELETE", things, name=name) == (status, refused(message))
    assert [(index["name"], index["keys"]) for index in listed(anna, things)] == before


def test_values_that_clash(anna: Tenant, things: str) -> None:
    ids = anna.insert(things, [{"a": "x"}, {"a": "y"}, {"a": "x"}])
    text = "Cannot create a unique index: documents have the same a."
    examples = [{"values": {"a": "x"}, "count": 2, "ids": [ids[0], ids[2]]}]
    expected = refused(text, ("a", text)) | {"examples": examples}
    assert send(anna, "POST", things, keys=[{"field": "a"}], unique=True) == (409, expected)
    blind = anna.new_key(actions=["design"])
    status, body = send(anna, "POST", things, auth=blind, keys=[{"field": "a"}], unique=True)
    assert (status, set(body)) == (409, {"success", "message", "errors"})


def test_a_field_that_no_document_has_is_warned_of(anna: Tenant) -> None:
    name = anna.new_collection({"name": "title"})
    anna.insert(name, [{"title": "x", "director": "y", "by": {"name": "z"}}])
    nobody = "No field {0!r} is declared, and none of the first 1,000 documents has {1!r}."
    for path, warnings in [
        ("Titel", [f"{nobody.format('Titel', 'Titel')} Did you mean 'title'?"]),
        ("Director", [f"{nobody.format('Director', 'Director')} Did you mean 'director'?"]),
        ("by.nam", [f"{nobody.format('by', 'by.nam')} Check what follows 'by'."]),
        ("zzz", [f"{nobody.format('zzz', 'zzz')} Check the spelling."]),
        ("title", None),
        ("director", None),
        ("by.name", None),
        ("_sys.created", None),
    ]:
        status, body = send(anna, "POST", name, keys=[{"field": path}])
        assert (path, status, body.get("warnings")) == (path, 201, warnings)
    blind = anna.new_key(actions=["design"])
    status, body = send(anna, "POST", name, auth=blind, keys=[{"field": "Titel", "order": -1}])
    assert (status, set(body)) == (201, {"success", "name"})


def test_a_unique_index_holds(anna: Tenant, things: str) -> None:
    assert send(anna, "POST", things, keys=[{"field": "a"}, {"field": "b"}], unique=True)[0] == 201
    anna.insert(things, [{"a": 1, "b": 1}, {"a": 1, "b": 2}])
    body = {"database_id": anna.database, "collection_name": things, "data": [{"a": 1, "b": 2}]}
    assert anna.ask("POST /api/crud", json=body).status_code == 409


KEY = 'Must be an object such as {"field": "name", "order": 1}.'
ORDER = 'Must be 1, -1, "text" or "2dsphere".'
KEYS = "keys must be an array of at least one {field, order}"


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({}, ("keys", KEYS)),
        *(({"keys": bad}, ("keys", KEYS)) for bad in ([], {}, "a", None)),
        *(({"keys": [bad]}, ("keys.0", KEY)) for bad in ("a", 1, {}, {"field": 1}, {"field": "a", "x": 1})),
        *(
            ({"keys": [{"field": "a", "order": bad}]}, ("keys.0.order", ORDER))
            for bad in (0, 2, "hashed", True, 1.0, None, [1], {"$where": 1}, "2d")
        ),
        ({"keys": [{"field": "a"}], "unique": 1}, ("unique", "unique must be true or false")),
        (
            {"keys": [{"field": "a"}], "partial_filter": []},
            ("partial_filter", "partial_filter must be a JSON object"),
        ),
        (
            {"keys": [{"field": "a"}], "expire_after_seconds": "1"},
            ("expire_after_seconds", "expire_after_seconds must be a whole number"),
        ),
        ({"keys": [{"field": "a"}], "sparse": True}, ("sparse", "Unknown property.")),
        ({"keys": [{"field": "a"}], "name": 7}, ("name", "name must be a string without NUL")),
    ],
)
def test_errors_of_the_body(anna: Tenant, things: str, members: Any, error: tuple[str, str]) -> None:
    assert send(anna, "POST", things, **members) == (400, refused(error[1], error))


def test_faults_of_the_index(anna: Tenant, things: str) -> None:
    text = "A field name must not begin with '$'."
    expected = refused(f"keys.0.field: {text}", ("keys.0.field", text))
    assert send(anna, "POST", things, keys=[{"field": "$a"}]) == (400, expected)


def test_as_many_as_there_may_be(anna: Tenant) -> None:
    name = anna.new_collection()
    for n in range(32):
        assert send(anna, "POST", name, keys=[{"field": f"f{n}"}])[0] == 201
    text = "A collection has at most 32 indexes (MAX_INDEXES)."
    assert send(anna, "POST", name, keys=[{"field": "g"}]) == (413, refused(text))


def test_text_search(anna: Tenant) -> None:
    name = anna.new_collection()
    anna.insert(name, [{"text": "The quick fox"}, {"text": "A snail"}])
    query = {"database_id": anna.database, "collection_name": name, "filters": '{"$text": {"$search": "FOX"}}'}
    path, text = "filters.$text", "A search for text needs a text index, and the collection has none."
    assert status_and_body(anna.ask("GET /api/crud", params=query)) == (
        400,
        refused(f"{path}: {text}", (path, text)),
    )
    assert send(anna, "POST", name, keys=[{"field": "text", "order": "text"}])[0] == 201
    result = status_and_body(anna.ask("GET /api/crud", params=query))
    assert (result[0], [item["text"] for item in result[1]["data"]]) == (200, ["The quick fox"])


def test_collation_and_language(anna: Tenant, things: str) -> None:
    keys = [{"field": "name", "order": 1}]
    collation = {"locale": "de", "strength": 1}
    assert send(anna, "POST", things, keys=keys, collation=collation)[0] == 201
    text = {"default_language": "german", "language_override": "in", "weights": {"title": 5}}
    words = [{"field": "title", "order": "text"}]
    assert send(anna, "POST", things, keys=words, name="words", **text)[0] == 201
    by_name = {index["name"]: index for index in listed(anna, things)}
    assert by_name["name_1_de_1"]["collation"] == collation
    assert by_name["words"]["collation"] is None
    assert {name: by_name["words"][name] for name in text} == text
    assert "weights" not in by_name["name_1_de_1"]


@pytest.mark.parametrize(
    ("member", "value", "field"),
    [
        ("collation", {"locale": "xx"}, "collation.locale"),
        ("collation", "en", "collation"),
        ("weights", [1], "weights"),
        ("weights", {"a": 1}, "weights"),
        ("default_language", 7, "default_language"),
        ("language_override", "in", "language_override"),
    ],
)
def test_options_that_are_refused(anna: Tenant, things: str, member: str, value: Any, field: str) -> None:
    status, body = send(anna, "POST", things, keys=[{"field": "a", "order": 1}], **{member: value})
    assert (status, body["errors"][0]["field"]) == (400, field)
    assert [index["name"] for index in listed(anna, things)] == ["_id_", "unique_0"]


def test_a_field_that_is_unique_without_case(anna: Tenant) -> None:
    name = anna.new_collection({"name": "email", "unique": True, "case_insensitive": True})
    anna.insert(name, [{"email": "Ann@x.org"}])
    target = {"database_id": anna.database, "collection_name": name}
    status, body = status_and_body(anna.ask("POST /api/crud", json=target | {"data": [{"email": "ANN@X.ORG"}]}))
    assert (status, body["errors"][0]["field"]) == (409, "email")
    assert anna.count(name) == 1
