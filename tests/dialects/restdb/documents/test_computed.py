"""Computed fields: templates over a document's values, presented and never stored."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.restdb.documents.computed import _MAX_LENGTH, _text
from tests.dialects.restdb.support import Rest, bare, result_of
from tests.support import Tenant, refused

DOCUMENT: dict[str, Any] = {
    "_id": "60c72b2f9b1d8b1a2d3e4567",
    "_sys": {"created_by": "u1"},
    "first": "Ann",
    "n": 1.5,
    "yes": True,
    "none": None,
    "brace": "{{first}}",
    "US Gross": 3,
    "tags": ["a", "b", None],
    "address": {"city": "Bonn"},
    "pets": [{"name": "Rex"}, {"name": "Tom"}, {}],
    "long": "x" * 20_000,
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{first}} {{ n }}", "Ann 1.5"),
        ("{{yes}}{{none}}{{gone}}{{first.inner}}", "true"),
        ("{{US Gross}} {{address.city}} {{tags}} {{pets.name}}", "3 Bonn a, b Rex, Tom"),
        ("{{address}}", '{"city":"Bonn"}'),
        ("{{_id}}{{_sys}}{{_sys.created_by}}", "60c72b2f9b1d8b1a2d3e4567"),
        ("{{brace}}", "{{first}}"),
        ("{first} {{}} {{{first}}} {{first", "{first}  {Ann} {{first"),
        ("{{first.__class__}}{{__class__}}{{first|upper}}{{1+1}}", ""),
        ("${first} %(first)s {0}", "${first} %(first)s {0}"),
        ("{{long}}{{long}}", "x" * _MAX_LENGTH),
        ("{{long}}" * 1_000_000, "x" * _MAX_LENGTH),
        ("{{" + " " * 200_000, "{{" + " " * (_MAX_LENGTH - 2)),
    ],
)
def test_templates(template: str, text: str) -> None:
    assert _text(template, DOCUMENT) == text


@pytest.fixture(scope="module")
def staff(rest: Rest) -> str:
    """The collection's only document, a child and a boss."""
    fields = [
        {"name": "first", "required": True},
        {"name": "full", "template": "{{first}} {{last}}"},
        {"name": "under", "template": "{{boss.first}}, {{full}}"},
        {"name": "boss", "type": "reference", "collection": "staff"},
        {"name": "_parent_id", "type": "reference", "collection": "people"},
    ]
    rest.tenant.add({"name": "staff", "fields": fields, "strict": False})
    (boss,) = rest.create("staff", {"first": "Ann", "last": "Lee", "full": "sent"})
    return boss


def test_computed_fields_are_presented(rest: Rest, staff: str, people: list[str]) -> None:
    created = rest.ask("POST staff", json={"first": "Joe", "last": "Ray", "boss": staff})
    assert (created.status_code, bare(created.json())["full"], created.json()["under"]) == (201, "Joe Ray", "Ann, ")
    joe = created.json()["_id"]
    changed = rest.ask(f"PUT staff/{joe}", json={"last": "Roe", "full": "x", "under": "y"})
    assert (changed.status_code, changed.json()["full"]) == (200, "Joe Roe")
    assert rest.get(f"staff/{joe}")["full"] == "Joe Roe"
    assert [item["full"] for item in rest.get("staff")] == ["Ann Lee", "Joe Roe"]
    only = [{"_id": staff, "full": "Ann Lee"}, {"_id": joe, "full": "Joe Roe"}]
    assert rest.get("staff", h={"$fields": {"full": 1}}) == only
    assert [item.keys() & {"full", "first", "under"} for item in rest.get("staff", h={"$fields": {"full": 0}})] == [
        {"first", "under"}
    ] * 2
    assert rest.get("staff", h={"$fields": {"first": 1}})[0] == {"_id": staff, "first": "Ann"}
    assert rest.get("staff", h={"$fields": {"last": 0}})[0]["full"] == "Ann "
    assert rest.get("staff", h={"$aggregate": ["MAX:first"]})["MAX first"]["full"] == "Joe Roe"
    assert [*rest.get("staff", h={"$groupby": ["first"]})["Ann"][0].items()][-2][1] == "Ann Lee"
    assert rest.get("staff", q={"full": "Ann Lee"}) == []
    child = rest.ask(f"POST people/{people[0]}/staff", json={"first": "Kid"})
    assert (child.status_code, child.json()["full"]) == (201, "Kid ")
    assert rest.get(f"people/{people[0]}", fetchchildren="true")["staff"][0]["full"] == "Kid "


def test_computed_fields_are_not_stored(rest: Rest, staff: str) -> None:
    tenant = rest.tenant
    document = tenant.find("staff", filters=f'{{"_id": "{staff}"}}')["data"][0]
    assert not document.keys() & {"full", "under"}
    text = "This field is computed; it cannot be written."
    body = {"database_id": tenant.database, "collection_name": "staff"}
    created = tenant.ask("POST /api/crud", json={**body, "data": [{"first": "A", "full": "x"}]})
    assert result_of(created) == (400, refused(f"Document 0, full: {text}", ("full", text, 0)))
    for change in ({"full": "x"}, {"$set": {"full": "x"}}, {"$unset": {"full": ""}}):
        answer = tenant.ask("PUT /api/crud", json={**body, "filters": {"_id": staff}, "update_data": change})
        assert answer.status_code == 400, change
        assert text in answer.text
    assert rest.get(f"staff/{staff}")["full"] == "Ann Lee"


def test_declarations_are_described(rest: Rest, staff: str) -> None:
    fields = rest.get("staff/_meta")["fields"]
    assert fields["full"] == {"type": "string", "template": "{{first}} {{last}}"}


@pytest.mark.parametrize(
    ("field", "errors"),
    [
        ({"template": ""}, [("template", "Must have 1 to 1000 characters.")]),
        ({"template": "x" * 1001}, [("template", "Must have 1 to 1000 characters.")]),
        ({"template": 1}, [("template", "Must be a string.")]),
        ({"template": "a\0"}, [("template", "Must not contain NUL.")]),
        ({"template": "a", "type": "number"}, [("template", "Only a field of type string can be computed.")]),
        ({"template": "a", "required": True}, [("required", "A computed field is never stored.")]),
        ({"template": "a", "default": "b"}, [("default", "A computed field is never stored.")]),
        ({"template": "a", "unique": True}, [("unique", "A computed field is never stored.")]),
        ({"template": "a", "enum": ["b"]}, [("enum", "A computed field is never stored.")]),
    ],
)
def test_invalid_declarations_are_refused(anna: Tenant, field: dict[str, Any], errors: list[Any]) -> None:
    body = {
        "database_id": anna.database,
        "collections": [{"name": "refused", "fields": [{"name": "a"}, {"name": "f", **field}]}],
    }
    answer = anna.ask("POST /api/add_collection", json=body)
    assert answer.status_code == 400
    messages = [
        (error["field"].removeprefix("collections.0.fields.1."), error["message"])
        for error in answer.json()["errors"]
    ]
    assert messages == errors
