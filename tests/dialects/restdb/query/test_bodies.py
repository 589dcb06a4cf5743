"""Bodies of writes: JSON, forms, documents, changes and ids."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

import engine
from dialects.restdb.query import bodies
from engine.errors import Code, Message
from engine.schema import parse_schema

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
FIELDS = [{"name": "n", "type": "number"}, {"name": "on", "type": "boolean"}, {"name": "tags", "type": "array"}]
SCHEMA, _ = parse_schema(FIELDS, limits=engine.Limits())
ID = "60c72b2f9b1d8b1a2d3e4567"
NO_ID = "Must be an id of 24 hexadecimal digits."


def post(content: str, content_type: str = JSON) -> HttpRequest:
    return RequestFactory().generic("POST", "/", content.encode(), content_type=content_type)


def text_of(call: Any) -> str:
    with pytest.raises(engine.Invalid) as caught:
        call()
    return caught.value.message


@pytest.mark.parametrize("content_type", [JSON, "text/plain", FORM, "nonsense", ""])
def test_json_is_read_whatever_its_content_type(content_type: str) -> None:
    assert bodies.body(post(' {"größe": [1, null]}', content_type)) == {"größe": [1, None]}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("name=Joe&name2=", {"name": "Joe", "name2": ""}),
        ("name=Joe&name=Ann", {"name": ["Joe", "Ann"]}),
        ("name=J%C3%B6+e", {"name": "Jö e"}),
        ("n=5", {"n": 5}),
        ("n=-1.5e1", {"n": -15.0}),
        ("n=5&n=6", {"n": [5, 6]}),
        ("n=x", {"n": "x"}),
        ("n=true", {"n": "true"}),
        ("n=", {"n": ""}),
        ("n=1e400", {"n": "1e400"}),
        ("on=true", {"on": True}),
        ("on=false", {"on": False}),
        ("on=True", {"on": "True"}),
        ("tags=a", {"tags": ["a"]}),
        ("tags=a&tags=1", {"tags": ["a", "1"]}),
        ("other=5", {"other": "5"}),
    ],
)
def test_values_of_a_form_are_texts_except_for_declared_types(content: str, expected: dict[str, Any]) -> None:
    assert bodies.body(post(content, FORM), SCHEMA) == expected


def test_a_multipart_form() -> None:
    request = RequestFactory().post("/", {"n": "5", "name": "Jö", "tags": ["a"]})
    assert bodies.body(request, SCHEMA) == {"n": 5, "name": "Jö", "tags": ["a"]}
    assert bodies.body(RequestFactory().post("/", {"n": "5"})) == {"n": "5"}


@pytest.mark.parametrize(("content", "content_type"), [("a=1", JSON), ("{a=1", FORM), ("  [a", FORM), ("{", JSON)])
def test_broken_json_is_not_read_as_a_form(content: str, content_type: str) -> None:
    assert text_of(lambda: bodies.body(post(content, content_type))).startswith("The JSON is not valid: ")


@pytest.mark.parametrize("content_type", [JSON, FORM])
def test_an_empty_body_is_a_document_only_for_writes_of_documents(content_type: str) -> None:
    assert text_of(lambda: bodies.body(post(" \n", content_type))) == "The request needs a JSON body."
    assert bodies.document_body(post(" \n", content_type), SCHEMA) == {}
    assert bodies.document_body(post("[1]", content_type), SCHEMA) == [1]


@pytest.mark.parametrize("content", ["[]", "1", "null", '"a"', "true"])
def test_an_object_is_needed(content: str) -> None:
    assert text_of(lambda: bodies.object_body(post(content))) == "The body must be a JSON object."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1}, [{"a": 1}]),
        ({}, [{}]),
        ([{"a": 1}, {}], [{"a": 1}, {}]),
        ({"_id": ID, "_created": 1, "_version": 0, "_tags": [], "_mock": 1, "_keywords": [], "a": 1}, [{"a": 1}]),
        ({"_parent_id": ID, "_parent_def": "x"}, [{"_parent_id": ID, "_parent_def": "x"}]),
    ],
)
def test_new_documents(value: Any, expected: list[Any]) -> None:
    assert bodies.new_documents(value) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "There are no documents to insert."),
        ([{}, 1], "The body must be a JSON object, or an array of objects."),
        ([[]], "The body must be a JSON object, or an array of objects."),
        (None, "The body must be a JSON object, or an array of objects."),
    ],
)
def test_what_is_no_document(value: Any, text: str) -> None:
    assert text_of(lambda: bodies.new_documents(value)) == text


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"a": "5", "_id": ID}, {"a": "5"}),
        ({"$inc": {"a": "5", "b": 1, "c": "x"}}, {"$inc": {"a": 5, "b": 1, "c": "x"}}),
        ({"$mul": {"a": "1.5"}, "$set": {"a": "5"}}, {"$mul": {"a": 1.5}, "$set": {"a": "5"}}),
        ({"$inc": "5"}, {"$inc": "5"}),
    ],
)
def test_a_change_sets_members_and_takes_numbers_as_text(members: Any, expected: dict[str, Any]) -> None:
    operators = bodies.change(members)
    assert operators is not None
    assert (operators.values, operators.root) == (expected, "body")


@pytest.mark.parametrize("members", [{}, {"_id": ID, "_changed": "now"}])
def test_system_fields_alone_change_nothing(members: dict[str, Any]) -> None:
    assert bodies.change(members) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], []),
        ([ID, {"_id": ID, "name": "Joe"}], [ID, ID]),
        (["ABCDEFabcdef012345678901"], ["ABCDEFabcdef012345678901"]),
    ],
)
def test_ids(value: Any, expected: list[str]) -> None:
    assert bodies.ids(value) == expected


NO_IDS = [ID[1:], f"{ID}0", "g" * 24, "１" * 24, f"{ID[1:]}\n", "", 1, None, {}, {"_id": 1}, [ID]]


@pytest.mark.parametrize("item", NO_IDS)
def test_what_is_no_id(item: Any) -> None:
    with pytest.raises(engine.Invalid) as caught:
        bodies.ids([ID, item])
    assert [(issue.field, issue.message, issue.code) for issue in caught.value.errors] == [("1", NO_ID, Code.TYPE)]
    assert not bodies.is_id(item)


@pytest.mark.parametrize("value", [{}, ID, None, 1])
def test_ids_are_an_array(value: Any) -> None:
    assert text_of(lambda: bodies.ids(value)) == "The body must be an array of ids."
    assert bodies.by_ids(iter([ID])) == engine.Query({"_id": {"$in": [ID]}}, root="_id")


def test_errors_name_the_paths_of_the_body() -> None:
    issues = [
        engine.FieldError("body.$inc.a", Message("Must be a number.", Code.TYPE), 2),
        engine.FieldError("bodyweight", "No."),
        engine.FieldError("body", "No."),
    ]
    error = bodies.with_body_paths(engine.Invalid("old", errors=issues))
    fields = [(issue.field, issue.code, issue.index) for issue in error.errors]
    assert fields == [("$inc.a", "TYPE", 2), ("bodyweight", "INVALID", None), ("body", "INVALID", None)]
    assert error.message == "3 errors; the first: document 2, $inc.a: Must be a number."
    plain = engine.Invalid("No.")
    assert bodies.with_body_paths(plain) is plain
