"""The request that creates an index: its keys, its options, and every error with its path."""

from __future__ import annotations

from typing import Any

import pytest

from dataapi.operations.indexes import OPERATIONS, DropIndexRequest, IndexRequest
from engine.indexes import NewIndex, TextOptions
from engine.schema import Collation
from tests.dataapi.operations.support import TARGET, errors_of

NO_KEYS = "keys must be an array of at least one {field, order}"
NO_KEY = 'Must be an object such as {"field": "name", "order": 1}.'
NO_ORDER = 'Must be 1, -1, "text" or "2dsphere".'
KEYS = [{"field": "a"}]
OBJECT = "{} must be a JSON object"


@pytest.mark.parametrize(
    ("keys", "parsed"),
    [
        (KEYS, (("a", 1),)),
        ([{"field": "a.b", "order": -1}, {"order": 1, "field": "é"}], (("a.b", -1), ("é", 1))),
        (
            [{"field": "t", "order": "text"}, {"field": "g", "order": "2dsphere"}],
            (("t", "text"), ("g", "2dsphere")),
        ),
    ],
)
def test_keys_are_fields_and_orders(keys: list[Any], parsed: tuple[Any, ...]) -> None:
    assert IndexRequest.parse({**TARGET, "keys": keys}).index() == NewIndex(parsed)


@pytest.mark.parametrize("value", [None, "", "a", 1, True, {}, {"field": "a"}, []])
def test_keys_are_an_array_of_at_least_one(value: Any) -> None:
    assert errors_of(IndexRequest, {**TARGET, "keys": value}) == [("keys", NO_KEYS)]


@pytest.mark.parametrize(
    "key",
    [None, "a", 1, [], ["a", 1], {}, {"order": 1}, {"field": 1}, {"field": None}, {"field": "a", "unique": True}],
)
def test_a_key_that_is_refused(key: Any) -> None:
    assert errors_of(IndexRequest, {**TARGET, "keys": [{"field": "a"}, key]}) == [("keys.1", NO_KEY)]


@pytest.mark.parametrize("order", [None, 0, 2, 1.0, True, "1", "asc", "TEXT", [], {}, [1]])
def test_an_order_that_is_refused(order: Any) -> None:
    assert errors_of(IndexRequest, {**TARGET, "keys": [{"field": "a", "order": order}]}) == [
        ("keys.0.order", NO_ORDER)
    ]


def test_every_error_of_the_keys_is_reported() -> None:
    keys = [{"field": "a", "order": 2}, {"field": "b"}, "c", {"field": "d", "order": "x"}]
    errors = [("keys.0.order", NO_ORDER), ("keys.2", NO_KEY), ("keys.3.order", NO_ORDER)]
    assert errors_of(IndexRequest, {**TARGET, "keys": keys}) == errors


@pytest.mark.parametrize(
    ("members", "options"),
    [
        ({"unique": True, "name": "by_a"}, {"unique": True, "name": "by_a"}),
        ({"name": None}, {}),
        ({"partial_filter": {"a": {"$gt": 1}}}, {"partial": {"a": {"$gt": 1}}}),
        ({"partial_filter": None, "weights": None, "expire_after_seconds": None}, {}),
        ({"expire_after_seconds": 0}, {"expires": 0}),
        ({"expire_after_seconds": -1}, {"expires": -1}),  # the engine says which numbers it takes
        ({"collation": {"locale": "en"}}, {"collation": Collation("en", 3)}),
        (
            {"default_language": "none", "language_override": "lang", "weights": {"a": 5}},
            {"text": TextOptions("none", "lang", {"a": 5})},
        ),
        ({"default_language": "", "language_override": ""}, {"text": TextOptions()}),
        ({"weights": {}}, {"text": TextOptions(weights={})}),
    ],
)
def test_options_are_read_into_an_index(members: dict[str, Any], options: dict[str, Any]) -> None:
    assert IndexRequest.parse({**TARGET, "keys": KEYS, **members}).index() == NewIndex((("a", 1),), **options)


@pytest.mark.parametrize(
    ("members", "errors"),
    [
        *(({"unique": value}, [("unique", "unique must be true or false")]) for value in (None, 1, "true")),
        *(
            (({"partial_filter": value}), [("partial_filter", OBJECT.format("partial_filter"))])
            for value in ("", [], 7)
        ),
        ({"weights": []}, [("weights", OBJECT.format("weights"))]),
        *(
            (
                {"expire_after_seconds": value},
                [("expire_after_seconds", "expire_after_seconds must be a whole number")],
            )
            for value in ("", "60", 60.0, True)
        ),
        ({"name": 7}, [("name", "name must be a string without NUL")]),
        ({"default_language": "a\0"}, [("default_language", "default_language must be a string without NUL")]),
        (
            {"expire_after": 60, "dry_run": True},
            [("dry_run", "Unknown property."), ("expire_after", "Unknown property.")],
        ),
    ],
)
def test_options_that_are_refused(members: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert errors_of(IndexRequest, {**TARGET, "keys": KEYS, **members}) == errors


def test_all_errors_are_reported_at_once() -> None:
    errors = [
        ("database_id", "database_id is required"),
        ("collection_name", "collection_name is required"),
        ("keys", NO_KEYS),
        ("key", "Unknown property."),
    ]
    assert errors_of(IndexRequest, {"key": "a"}) == errors


def test_an_index_is_dropped_by_its_name() -> None:
    assert DropIndexRequest.parse({**TARGET, "name": "a_1"}).name == "a_1"
    assert errors_of(DropIndexRequest, {**TARGET, "name": ""}) == [("name", "name is required")]


def test_the_description_has_the_keys_as_they_are_sent() -> None:
    schema = OPERATIONS[1].as_dict()["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["database_id", "collection_name", "keys"]
    assert (schema["properties"]["keys"]["type"], schema["properties"]["keys"]["minItems"]) == ("array", 1)
    assert schema["properties"]["keys"]["items"]["properties"]["order"] == {
        "enum": [1, -1, "text", "2dsphere"],
        "default": 1,
    }
