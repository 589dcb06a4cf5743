"""Document routes of the dialect, with exact statuses and bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.dialects.restdb.support import SYSTEM, Rest, bare, failed, result_of
from tests.support import MISSING_ID, NOT_FOUND, Tenant

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"
WITH_SYSTEM = [
    *("email_inbound", "email_outbound", "email_templates", "email_unsubscribed"),
    *("films", "people", "pets", "system_jobs", "system_log", "users"),
]
NO_ID = "Must be an id of 24 hexadecimal digits."


def test_post_answers_the_whole_document(rest: Rest, people: list[str]) -> None:
    answer = rest.ask("POST people", json={"name": "Eve", "born": "2000-01-02", "_id": "x", "_version": 7})
    created = answer.json()
    assert answer.status_code == 201
    assert bare(created) == {"_id": created["_id"], "name": "Eve", "born": "2000-01-02"}
    assert (created["_createdby"], created["_changedby"], created["_version"]) == ("api", "api", 0)
    assert re.fullmatch(TIME, created["_created"])
    assert created["_created"] == created["_changed"]
    assert rest.get(f"people/{created['_id']}") == bare(created)


def test_the_same_documents_as_the_data_api(rest: Rest, anna: Tenant, people: list[str]) -> None:
    (document,) = anna.find("people", filters=json.dumps({"_id": people[0]}))["data"]
    assert (document["name"], document["_sys"]["version"]) == ("Joe", 1)
    (other,) = anna.insert("people", [{"name": "Zoe"}])
    assert rest.get(f"people/{other}") == {"_id": other, "name": "Zoe"}


def test_an_array_is_stored_whole_or_not_at_all(rest: Rest, people: list[str]) -> None:
    answer = rest.ask("POST people", json=[{"name": "Eve"}, {"age": "x"}])
    errors = [("age", "Must be a number.", 1), ("name", "This field is required.", 1)]
    assert result_of(answer) == failed(400, "2 errors; the first: document 1, age: Must be a number.", *errors)
    assert rest.names() == ["Joe", "Ann", "Bob"]


def test_arrays_without_validation(rest: Rest, people: list[str]) -> None:
    answer = rest.ask("POST people?validate=false", json=[{"age": "x"}, {"name": 3, "born": "2000-01-02"}])
    assert answer.status_code == 201
    first, second = answer.json()
    assert (bare(first), bare(second)) == (
        {"_id": first["_id"], "age": "x"},
        {"_id": second["_id"], "name": 3, "born": "2000-01-02"},
    )
    assert rest.ask("POST people?validate=false", json={"age": "x"}).status_code == 400
    reserved = rest.ask("POST people?validate=false", json=[{"_sys": 1}])
    assert reserved.status_code == 400


def test_a_duplicate_of_a_unique_value(rest: Rest, people: list[str]) -> None:
    assert rest.ask("POST people", json={"name": "A", "email": "a@x.com"}).status_code == 201
    answer = rest.ask("POST people", json={"name": "B", "email": "a@x.com"})
    text = "Another document already has this value; email must be unique."
    assert result_of(answer) == failed(400, text, ("email", text, 0))


MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    ("content", "headers", "name"),
    [
        (b'{"name": "raw"}', {}, "raw"),
        (b'{"name": "text"}', {"Content-Type": "text/plain"}, "text"),
        (b"name=form&age=x%20y", {"Content-Type": "application/x-www-form-urlencoded"}, "form"),
        (b'{"name": "json"}', {"Content-Type": "application/x-www-form-urlencoded"}, "json"),
        (b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nJos\xc3\xa9\r\n--x--\r\n', MULTIPART, "José"),
    ],
)
def test_bodies_of_any_content_type(rest: Rest, content: bytes, headers: dict[str, str], name: str) -> None:
    rest.empty("pets")
    assert rest.ask("POST pets", content=content, headers=headers).json()["name"] == name


@pytest.fixture
def typed(rest: Rest) -> Iterator[str]:
    """A collection of declared fields, which is dropped afterwards."""
    types = {"n": "number", "yes": "boolean", "list": "array", "text": "string"}
    name = rest.tenant.new_collection(*({"name": field, "type": kind} for field, kind in types.items()))
    yield name
    body = {"database_id": rest.tenant.database, "collection_names": [name]}
    assert rest.tenant.ask("DELETE /api/drop_collections", json=body).status_code == 200


@pytest.mark.parametrize(
    ("form", "stored"),
    [
        (b"n=3&yes=true&list=a", {"n": 3, "yes": True, "list": ["a"]}),
        (b"n=-1.5e2&yes=false&list=a&list=b&text=3", {"n": -150.0, "yes": False, "list": ["a", "b"], "text": "3"}),
        (b"n=x", "Must be a number."),
        (b"n=", "Must be a number."),
        (b"n=true", "Must be a number."),
        (b"yes=1", "Must be true or false."),
    ],
)
def test_a_form_of_declared_fields(rest: Rest, typed: str, form: bytes, stored: Any) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = rest.ask(f"POST {typed}", content=form, headers=headers)
    if type(stored) is str:
        assert (answer.status_code, answer.json()["list"][0]["message"]) == (400, [stored, "TYPE"])
        return
    document = bare(answer.json())
    document_id = document.pop("_id")
    assert (answer.status_code, document) == (201, stored)
    changed = rest.ask(f"PUT {typed}/{document_id}", content=b"n=4", headers=headers)
    assert (changed.status_code, changed.json()["n"]) == (200, 4)


def test_a_form_with_a_name_several_times(rest: Rest) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    created = rest.ask("POST pets", content=b"name=Rex&tags=a&tags=&tags=b", headers=headers).json()
    assert (created["name"], created["tags"]) == ("Rex", ["a", "", "b"])


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"[]", "There are no documents to insert."),
        (b"[1]", "The body must be a JSON object, or an array of objects."),
        (b"3", "The body must be a JSON object, or an array of objects."),
    ],
)
def test_invalid_bodies_are_refused(rest: Rest, people: list[str], content: bytes, text: str) -> None:
    answer = rest.ask("POST people", content=content)
    assert result_of(answer) == failed(400, text, name="BadRequest")
    assert len(rest.names()) == 3


def test_multipart_forms(rest: Rest) -> None:
    name = rest.tenant.new_collection({"name": "n", "type": "number"}, {"name": "tags", "type": "array"})
    fields = [
        ("s", (None, "x")),
        ("n", (None, "7")),
        ("tags", (None, "a")),
        ("two", (None, "1")),
        ("two", (None, "2")),
    ]
    created = rest.ask(f"POST {name}", files=fields)
    assert created.status_code == 201, created.text
    assert bare(created.json()) == {
        "_id": created.json()["_id"],
        "s": "x",
        "n": 7,
        "tags": ["a"],
        "two": ["1", "2"],
    }
    changed = rest.ask(f"PUT {name}/{created.json()['_id']}", files=[("n", (None, "8"))])
    assert (changed.status_code, changed.json()["n"]) == (200, 8)
    for content, status, text in (
        (b'--x\r\nContent-Disposition: form-data; name="s"\r\n\r\ncaf\xe9\r\n--x--\r\n', 400, "This is not UTF-8."),
        (b'--x\r\nContent-Disposition: form-data; name="s"\r\n\r\nabc', 400, "closing boundary"),
        (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nabc\r\n--x--\r\n',
            400,
            "Upload files to the media archive.",
        ),
    ):
        refused = rest.ask(f"POST {name}", content=content, headers=MULTIPART)
        assert (refused.status_code, text in refused.text) == (status, True)
    assert rest.tenant.count(name) == 1


def test_a_form_without_an_equals_sign(rest: Rest) -> None:
    name = rest.tenant.new_collection()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    created = rest.ask(f"POST {name}", content=b"s", headers=headers)
    assert (created.status_code, created.json()["s"]) == (201, "")
    for content in (b"{", b'{"a": 1, "a": 2}', b"[1,"):
        assert rest.ask(f"POST {name}", content=content, headers=headers).status_code == 400
    assert rest.tenant.count(name) == 1


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_changes_merge(rest: Rest, people: list[str], verb: str) -> None:
    body = {"tags": ["a"], "_id": "x", "_version": 12, "_created": "1", "$inc": {"age": -2}}
    answer = rest.ask(f"{verb} people/{people[0]}", json=body)
    assert answer.status_code == 200
    assert bare(answer.json()) == {"_id": people[0], "name": "Joe", "age": 28, "tags": ["a"]}
    assert answer.json()["_version"] == 1
    answer = rest.ask(f"{verb} people/{people[0]}", json={"$push": {"tags": "b"}, "$pull": {"list": 1}})
    assert answer.json()["tags"] == ["a", "b"]
    answer = rest.ask(f"{verb} people/{people[0]}", json={"tags.$[]": "c"})
    assert (answer.status_code, answer.json()["tags"]) == (200, ["c", "c"])


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_invalid_changes_are_refused(rest: Rest, people: list[str], verb: str) -> None:
    answer = rest.ask(f"{verb} people/{people[0]}", json={"$foo": {"a": 1}, "age": "x", "name": None})
    errors = [
        ("$foo", "The operator $foo is not allowed here."),
        ("age", "Must be a number."),
        ("name", "This field is required."),
    ]
    text = "3 errors; the first: $foo: The operator $foo is not allowed here."
    assert result_of(answer) == failed(400, text, *errors)
    assert result_of(rest.ask(f"{verb} people/{MISSING_ID}", json={"age": 1})) == failed(
        404, NOT_FOUND, name="NotFound"
    )
    assert result_of(rest.ask(f"{verb} people/x", json={"age": 1})) == failed(400, NO_ID, ("_id", NO_ID))
    text = "The body must be a JSON object."
    assert result_of(rest.ask(f"{verb} people/{people[0]}", json=[1])) == failed(400, text, name="BadRequest")
    assert rest.get(f"people/{people[0]}") == {"_id": people[0], "name": "Joe", "age": 30}


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_changes_that_mongodb_rejects(rest: Rest, verb: str) -> None:
    (name,) = rest.create("pets", {"nick": "Rex"})
    before = rest.get(f"pets/{name}")
    text = "MongoDB cannot do this with the documents as they are; check the types and paths."
    for change, path in [
        ({"$push": {"nick": 1}, "age": 2}, "$push.nick"),
        ({"nick.of": "J", "age": 2}, "nick.of"),
    ]:
        answer = rest.ask(f"{verb} pets/{name}", json=change)
        assert result_of(answer) == failed(400, f"{path}: {text}", (path, text))
    assert rest.get(f"pets/{name}") == before


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_an_invalid_result_names_its_field(rest: Rest, verb: str) -> None:
    """Also if its name begins with the name used for the body."""
    collection = rest.tenant.new_collection({"name": "bodyweight", "type": "number", "enum": [1, 2]})
    (name,) = rest.create(collection, {"bodyweight": 1})
    answer = rest.ask(f"{verb} {collection}/{name}", json={"$inc": {"bodyweight": 5}})
    assert (answer.status_code, [item["field"] for item in answer.json()["list"]]) == (400, ["bodyweight"])
    assert rest.get(f"{collection}/{name}")["bodyweight"] == 1
    named = {"database_id": rest.tenant.database, "collection_names": [collection]}
    assert rest.tenant.ask("DELETE /api/drop_collections", json=named).status_code == 200


def test_a_change_of_system_fields_only(rest: Rest, people: list[str]) -> None:
    answer = rest.ask(f"PUT people/{people[0]}", json={"_id": people[0]})
    assert (answer.status_code, answer.json()["_version"]) == (200, 0)
    assert rest.ask(f"PUT people/{MISSING_ID}", json={}).status_code == 404


@pytest.mark.parametrize("content", [b"", b" \n", b"{}"])
def test_an_empty_body_is_a_document_without_members(rest: Rest, people: list[str], content: bytes) -> None:
    for collection in ("pets", f"people/{people[0]}/pets"):
        created = rest.ask(f"POST {collection}", content=content)
        assert (created.status_code, created.json()["_version"]) == (201, 0)
        assert {name for name in bare(created.json()) if not name.startswith("_parent")} == {"_id"}
    for version, verb in enumerate(("PUT", "PATCH"), start=1):
        answer = rest.ask(f"{verb} people/{people[0]}", content=content)
        assert (answer.status_code, answer.json()["_version"]) == (200, version)
        assert bare(answer.json()) == {"_id": people[0], "name": "Joe", "age": 30}
        assert rest.ask(f"{verb} people/{MISSING_ID}", content=content).status_code == 404
    missing = failed(400, "Document 0, name: This field is required.", ("name", "This field is required.", 0))
    assert result_of(rest.ask("POST people", content=content)) == missing
    assert len(rest.names()) == 3


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_numbers_of_arithmetic_may_be_text(rest: Rest, people: list[str], verb: str) -> None:
    answer = rest.ask(f"{verb} people/{people[0]}", json={"$inc": {"age": "1", "new": "2.5"}, "$mul": {"x": "3"}})
    assert bare(answer.json()) == {"_id": people[0], "name": "Joe", "age": 31, "new": 2.5, "x": 0}
    for text in ("one", "", "1e999", "0x1", "true"):
        refused = rest.ask(f"{verb} people/{people[0]}", json={"$inc": {"age": text}})
        error = ("$inc.age", "Must be a number.")
        assert result_of(refused) == failed(400, f"{error[0]}: {error[1]}", error)
    assert rest.get(f"people/{people[0]}")["age"] == 31


def test_verbs_are_overridden(rest: Rest, people: list[str]) -> None:
    for verb in ("PUT", "patch"):
        headers = {"X-HTTP-Method-Override": verb}
        assert rest.ask(f"POST people/{people[0]}", json={"$inc": {"age": 1}}, headers=headers).status_code == 200
    answer = rest.ask(f"POST people/{people[0]}", headers={"X-HTTP-Method-Override": "DELETE"})
    assert result_of(answer) == (200, {"result": [people[0]]})
    assert rest.ask(f"POST people/{people[1]}", json={"age": 1}).status_code == 405


def test_delete_by_id(rest: Rest, people: list[str]) -> None:
    assert result_of(rest.ask(f"DELETE people/{people[0]}")) == (200, {"result": [people[0]]})
    assert result_of(rest.ask(f"DELETE people/{people[0]}")) == failed(404, NOT_FOUND, name="NotFound")
    assert rest.names() == ["Ann", "Bob"]


def test_delete_of_many(rest: Rest, people: list[str]) -> None:
    body = [people[0], MISSING_ID, {"_id": people[2]}]
    assert result_of(rest.ask("DELETE people/*", json=body)) == (200, {"result": [people[0], people[2]]})
    assert rest.names() == ["Ann"]
    bad = rest.ask("DELETE people/*", json=[people[1], "x", 3])
    assert result_of(bad) == failed(400, f"2 errors; the first: 1: {NO_ID}", ("1", NO_ID), ("2", NO_ID))
    text = "Send an array of ids, or a query as the parameter q."
    assert result_of(rest.ask("DELETE people/*")) == failed(400, text, ("q", text))
    assert rest.names() == ["Ann"]
    assert result_of(rest.ask('DELETE people/*?q={"age":{"$gt":40}}')) == (200, {"result": [people[1]]})
    rest.create("people", {"name": "Kept"})
    for nothing in ("undefined", "null", "[]", "", "%20"):
        assert rest.ask(f"DELETE people/*?q={nothing}").status_code == 400, nothing
    assert rest.names() == ["Kept"]
    assert len(rest.ask("DELETE people/*?q={}").json()["result"]) == 1


def test_names_of_any_script(rest: Rest) -> None:
    """Paths are UTF-8."""
    name = f"Ångström_{rest.tenant.database[:8]}"
    rest.tenant.add({"name": name, "fields": [{"name": "ä"}]})
    assert rest.ask(f"POST {name}", json={"ä": "ö"}).status_code == 201
    assert [item["ä"] for item in rest.get(name)] == ["ö"]
    gone = {"database_id": rest.tenant.database, "collection_names": [name]}
    assert rest.tenant.ask("DELETE /api/drop_collections", json=gone).is_success


def test_get_one(rest: Rest, people: list[str]) -> None:
    assert rest.get(f"people/{people[0]}") == {"_id": people[0], "name": "Joe", "age": 30}
    document = rest.get(f"people/{people[0]}", metafields="true")
    assert set(document) == {"_id", "name", "age", *SYSTEM}
    assert result_of(rest.ask(f"GET people/{MISSING_ID}")) == failed(404, NOT_FOUND, name="NotFound")
    assert result_of(rest.ask("GET people/x")) == failed(400, NO_ID, ("_id", NO_ID))


def test_missing_collections(rest: Rest) -> None:
    text = "The database has no collection 'nope'."
    for route in ("GET nope", f"GET nope/{MISSING_ID}", "GET nope/_meta"):
        assert result_of(rest.ask(route)) == failed(404, text, name="NotFound")
    assert rest.ask("GET people.json").status_code == 200


def test_children(rest: Rest, people: list[str]) -> None:
    joe, ann, _ = people
    answer = rest.ask(f"POST people/{joe}/pets", json={"name": "Rex"})
    rex = answer.json()
    parent = {"_parent_id": joe, "_parent_def": "people", "_parent_field": "pets"}
    assert (answer.status_code, bare(rex)) == (201, {"_id": rex["_id"], "name": "Rex", **parent})
    many = rest.ask(f"POST people/{joe}/pets?validate=false", json=[{"name": 1}, {"name": "Tom"}])
    assert [item["_parent_id"] for item in many.json()] == [joe, joe]
    # As the generated client does it.
    mia = rest.ask("POST pets", json={"name": "Mia", **parent, "_parent_id": ann}).json()["_id"]

    assert rest.get(f"people/{joe}/pets", max=1) == [{"_id": rex["_id"], "name": "Rex"}]
    assert rest.names(f"people/{joe}/pets", q={"name": {"$not": "Rex"}}, sort="name", dir="-1") == ["Tom", 1]
    assert rest.get(f"people/{ann}/pets/{mia}") == {"_id": mia, "name": "Mia"}
    assert rest.ask(f"GET people/{joe}/pets/{mia}").status_code == 404
    assert rest.ask(f"GET people/{MISSING_ID}/pets").status_code == 404
    assert rest.ask(f"POST people/{MISSING_ID}/pets", json={"name": "x"}).status_code == 404
    text = "The collection 'people' has no children 'boss'."
    assert result_of(rest.ask(f"GET people/{joe}/boss")) == failed(404, text, name="NotFound")
    assert sorted(map(str, rest.names("pets"))) == ["1", "Mia", "Rex", "Tom"]


def test_meta(rest: Rest) -> None:
    fields = {"name": {"type": "string"}}
    assert rest.get("pets/_meta") == {"name": "pets", "strict": False, "fields": fields}
    database = rest.get("_meta")
    assert (database["_id"], database["name"]) == (rest.tenant.database, rest.tenant.name)
    assert set(WITH_SYSTEM) <= {item["name"] for item in database["collections"]}
    assert {"name": "pets", "strict": False, "fields": fields} in database["collections"]
    swagger = rest.get("_swagger.json")
    assert (swagger["swagger"], swagger["basePath"]) == ("2.0", f"/db/{rest.tenant.database}/rest")
    assert set(swagger["paths"]["/people/{ID}"]) == {"get", "put", "patch", "delete"}
    assert swagger["definitions"]["people"]["required"] == ["name"]


@pytest.mark.parametrize(
    "credentials",
    [{"x-apikey": "{key}"}, {"Authorization": "Api-Key {key}"}, {"Authorization": "Bearer {access}"}],
)
def test_credentials_in_headers(rest: Rest, web: httpx.Client, credentials: dict[str, str]) -> None:
    tenant = rest.tenant
    headers = {name: text.format(key=tenant.key, access=tenant.access) for name, text in credentials.items()}
    for name in (tenant.database, tenant.name, tenant.name.upper()):
        assert web.get(f"/db/{name}/rest/pets", headers=headers).status_code == 200


def test_a_key_in_the_query(rest: Rest) -> None:
    assert rest.ask(f"GET pets?apikey={rest.tenant.key}", key="").status_code == 200
    for key in ("", "dc_nobody"):
        answer = rest.ask(f"GET pets?apikey={key}", key="")
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_people_are_named_by_their_address(rest: Rest, people: list[str]) -> None:
    tenant = rest.tenant
    headers = {"Authorization": tenant.bearer}
    answer = rest.ask(f"PUT people/{people[0]}", key="", json={"age": 1}, headers=headers).json()
    assert (answer["_createdby"], answer["_changedby"]) == ("api", tenant.email)
    assert rest.names(q={"_createdby": "api", "_version": {"$gt": 0}}) == ["Joe"]
    joe = {"_changedby": tenant.email}
    assert rest.names(q=joe) == rest.names(q={"_changedby": tenant.email.upper()}) == ["Joe"]
    assert rest.names(q={**joe, "_createdby": tenant.email}) == []
    assert rest.names(q={"_changedby": {"$in": ["x@example.com", tenant.email]}}) == ["Joe"]
    others = [name for name in rest.names() if name != "Joe"]
    assert rest.names(q={"_changedby": {"$not": tenant.email}}) == others == rest.names(q={"_changedby": "api"})
    assert rest.names(q={"_changedby": {"$in": ["api", tenant.email]}}) == rest.names()
