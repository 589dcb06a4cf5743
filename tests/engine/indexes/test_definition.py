"""Definitions of indexes: requested ones, with their options and errors, and existing ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from engine.errors import FieldError, Invalid
from engine.indexes.definition import Index, NewIndex, collation_of, definition, index_of
from engine.indexes.text import TextOptions
from engine.limits import Limits
from engine.schema.collation import Collation
from engine.schema.declaration import parse_schema

LIMITS = Limits()
SCHEMA, _ = parse_schema([{"name": "day", "type": "date"}], limits=LIMITS)
NAME = "Must be 1 to 100 letters, digits, '_', '-' and '.'."
RESERVED = "This index name is reserved."
COUNT = "Must name from 1 to 31 fields."
EXPIRY = "Must be from 0 to 2147483647."
ONE_FIELD = "Needs an index of one field, in the order 1 or -1."
ENGLISH = Collation("en", 2)


@pytest.mark.parametrize(
    ("index", "title"),
    [
        (NewIndex([("a", 1)]), "a_1"),
        (NewIndex([("a.b", -1), ("c", "2dsphere")]), "a.b_-1_c_2dsphere"),
        (NewIndex([("a b", 1), ("é/ü", 1)]), "a_b_1_é_ü_1"),
        (NewIndex([("a", 1)], collation=ENGLISH), "a_1_en_2"),
        (NewIndex([("a", 1)], collation=ENGLISH, name="by-a"), "by-a"),
        (NewIndex([("x" * 98, 1)]), "x" * 98 + "_1"),
        (NewIndex([("x" * 99, 1)]), "x" * 99 + "_"),
    ],
)
def test_an_index_without_a_name_is_named_after_its_keys(index: NewIndex, title: str) -> None:
    assert index.title == title


@pytest.mark.parametrize(
    ("index", "options"),
    [
        (NewIndex([("a", 1)]), {"name": "a_1"}),
        (NewIndex([(f"f{number}", 1) for number in range(31)], name="n"), {"name": "n"}),
        (NewIndex([("a", -1)], unique=True, name="x" * 100), {"name": "x" * 100, "unique": True}),
        (NewIndex([("a", 1)], expires=0), {"name": "a_1", "expireAfterSeconds": 0}),
        (NewIndex([("a", 1)], expires=2**31 - 1), {"name": "a_1", "expireAfterSeconds": 2**31 - 1}),
        (NewIndex([("a", 1)], partial={}), {"name": "a_1", "partialFilterExpression": {}}),
        (
            NewIndex([("a", 1)], partial={"day": {"$gt": "2024-02-29"}}),
            {"name": "a_1", "partialFilterExpression": {"day": {"$gt": datetime(2024, 2, 29)}}},
        ),
        (
            NewIndex([("a", 1)], collation=ENGLISH),
            {"name": "a_1_en_2", "collation": {"locale": "en", "strength": 2, "caseFirst": "off"}},
        ),
        (
            NewIndex([("a", "text")], text=TextOptions("german", weights={"a": 2})),
            {"name": "a_text", "default_language": "german", "weights": {"a": 2}},
        ),
    ],
)
def test_options_are_those_of_mongodb(index: NewIndex, options: dict[str, Any]) -> None:
    assert index.options(SCHEMA, limits=LIMITS) == options


@pytest.mark.parametrize(
    ("index", "errors"),
    [
        (NewIndex([], name="n"), [("keys", COUNT)]),
        (NewIndex([(f"f{number}", 1) for number in range(32)], name="n"), [("keys", COUNT)]),
        (NewIndex([("a", 1), ("a", -1)]), [("keys", "Each field may be named once.")]),
        (NewIndex([("_id", 1)]), [("keys", "There is an index of _id already.")]),
        (
            NewIndex([("", 1), ("a", 1), ("b.$c", 1)]),
            [
                ("keys.0.field", "A field name must not be empty."),
                ("keys.2.field", "A field name must not begin with '$'."),
            ],
        ),
        (
            NewIndex([("a", "text")], unique=True, collation=ENGLISH),
            [
                ("unique", "A unique index supports the orders 1 and -1 only."),
                ("collation", "A collation supports the orders 1 and -1 only."),
            ],
        ),
        (NewIndex([("a", 1)], expires=-1), [("expire_after_seconds", EXPIRY)]),
        (
            NewIndex([("a", "2dsphere")], expires=2**31),
            [("expire_after_seconds", EXPIRY), ("expire_after_seconds", ONE_FIELD)],
        ),
        (NewIndex([("a", 1), ("b", 1)], expires=1), [("expire_after_seconds", ONE_FIELD)]),
        (
            NewIndex([("a", 1)], text=TextOptions("german")),
            [("default_language", 'Goes only with keys of the order "text".')],
        ),
        *((NewIndex([("a", 1)], name=name), [("name", NAME)]) for name in ("a b", "a\n", "a$", "x" * 101)),
        *((NewIndex([("a", 1)], name=name), [("name", RESERVED)]) for name in ("_id_", "unique_1", "unique_007")),
        (NewIndex([("unique", 1)]), [("name", RESERVED)]),
        (
            NewIndex([("$a", 1)], name="*"),
            [("keys.0.field", "A field name must not begin with '$'."), ("name", NAME)],
        ),
    ],
)
def test_every_error_is_reported_with_its_field(index: NewIndex, errors: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as caught:
        index.options(SCHEMA, limits=LIMITS)
    assert caught.value.errors == tuple(FieldError(*error) for error in errors)


def test_a_partial_filter_is_checked_as_a_filter() -> None:
    with pytest.raises(Invalid) as caught:
        NewIndex([("a", 1)], partial={"$where": "1"}).options(SCHEMA, limits=LIMITS)
    message = "The operator $where is not allowed here."
    assert caught.value.errors == (FieldError("partial_filter.$where", message),)


TEXT = {"key": {"_fts": "text", "_ftsx": 1, "c": 1.0}, "weights": {"a": 1, "b": 2}, "name": "t"}


@pytest.mark.parametrize(
    ("spec", "keys", "options"),
    [
        ({"v": 2, "key": {"a": 1}, "name": "a_1"}, [("a", 1)], {"name": "a_1"}),
        (
            {
                "v": 2,
                "key": {"a": -1.0, "b": "2dsphere"},
                "name": "n",
                "ns": "x",
                "2dsphereIndexVersion": 3,
                "sparse": True,
            },
            [("a", -1), ("b", "2dsphere")],
            {"name": "n", "sparse": True},
        ),
        (
            {**TEXT, "textIndexVersion": 3},
            [("a", "text"), ("b", "text"), ("c", 1)],
            {"name": "t", "weights": {"a": 1, "b": 2}},
        ),
    ],
)
def test_a_specification_gives_what_recreates_the_index(
    spec: dict[str, Any], keys: list[Any], options: dict[str, Any]
) -> None:
    recreated, rest = definition(spec)
    assert (recreated, rest) == (keys, options)
    assert all(type(order) in (int, str) for _, order in recreated)


def test_an_existing_index_with_all_of_its_options() -> None:
    collation = {"locale": "en", "strength": 2.0, "caseFirst": "off"}
    spec = {
        "unique": True,
        "sparse": 1,
        "partialFilterExpression": {},
        "expireAfterSeconds": 5,
        "collation": collation,
    }
    uses = {"ops": 7, "since": datetime(2024, 1, 1)}
    item = {"name": "unique_3", "key": {"a": 1}, "spec": spec, "accesses": uses, "building": True}
    assert index_of(item, {"unique_3": 4096.0, "other": 1}) == Index(
        *("unique_3", [("a", 1)], True, True, {}, 5, True, True, 4096, 7, datetime(2024, 1, 1)), ENGLISH
    )


@pytest.mark.parametrize("name", ["a_1", "unique_", "unique_1x", "unique_a", "unique_٣"])
def test_an_existing_index_without_options(name: str) -> None:
    assert index_of({"name": name, "key": {"a": 1}}, {}) == Index(
        name, [("a", 1)], False, False, None, None, False, False, 0, 0, None
    )


def test_an_existing_text_index_lists_the_fields_of_its_weights() -> None:
    index = index_of({"name": "t", "key": TEXT["key"], "spec": TEXT | {"default_language": "none"}}, {})
    assert index.keys == [("a", "text"), ("b", "text"), ("c", 1)]
    assert index.text == TextOptions("none", None, {"a": 1, "b": 2})


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, None),
        ({"collation": {}}, None),
        ({"collation": {"locale": "de", "strength": 3}}, Collation("de", 3)),
        ({"collation": {"locale": "simple", "strength": 3}, "weights": {"a": 1}}, None),
    ],
)
def test_the_collation_of_a_specification(spec: dict[str, Any], expected: Collation | None) -> None:
    assert collation_of(spec) == expected
