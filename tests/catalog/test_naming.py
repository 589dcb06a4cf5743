"""Names of databases and collections, ids, and physical names."""

from __future__ import annotations

import re
from typing import Any

import pytest

from catalog import naming


@pytest.mark.parametrize("name", ["a", "A-b_9", "ünï", "名前", "_", "-", "x" * 100])
def test_good_names(name: str) -> None:
    assert naming.name_error(name) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[(value, "Must be a string.") for value in (None, 1, True, [], {}, b"x")],
        *[(value, "Must have 1 to 100 characters.") for value in ("", "x" * 101)],
        *[
            (value, "May only contain letters, digits, '_' and '-'.")
            for value in ("a b", "a.b", "$a", "a\0", "a\n", "\ta", "a/b", "💾", "i\u0307")
        ],
    ],
)
def test_bad_names(name: Any, text: str) -> None:
    assert naming.name_error(name) == text


@pytest.mark.parametrize("name", ["admin", "Admin", "local", "CONFIG"])
def test_reserved_names_are_refused_where_they_are_reserved(name: str) -> None:
    assert naming.name_error(name) == ""
    assert naming.name_error(name, reserved=naming.RESERVED_DATABASES) == f"The name {name!r} is reserved."


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("events.json", "events"),
        ("My Events 2024.JSON", "my_events_2024"),
        ("a.b.json", "a_b"),
        ("plain", "plain"),
        ("a/b/c.json", "c"),
        ("İ.json", "i_"),
        ("x" * 300 + ".json", "x" * 100),
        (".json", ""),
    ],
)
def test_the_collection_of_a_file(file: str, name: str) -> None:
    assert naming.collection_name_of_file(file) == name
    assert name == "" or naming.name_error(name) == ""


def test_ids_are_random_and_recognised() -> None:
    ids = {naming.new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(naming.is_id(text) for text in ids)


@pytest.mark.parametrize(
    "text", ["", "x", "g" * 24, "a" * 23, "a" * 25, "A" * 24, "a" * 23 + "\n", "a" * 24 + "\0"]
)
def test_what_cannot_be_an_id(text: str) -> None:
    assert not naming.is_id(text)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("my_customer_project", "my_customer_project"), ("Ünï-x", "n_x"), ("名前", "x"), ("n" * 100, "n" * 30)],
)
def test_physical_names_look_as_published_and_are_unique(name: str, slug: str) -> None:
    databases = [naming.physical_database(name) for _ in range(200)]
    assert all(re.fullmatch(rf"{slug}_[0-9a-z]{{16}}_V2", text) and len(text) <= 63 for text in databases)
    assert len({text.lower() for text in databases}) == 200
    collections = [naming.physical_collection(name) for _ in range(200)]
    assert all(re.fullmatch(rf"{slug}_[0-9a-z]{{8}}", text) for text in collections)
    assert len(set(collections)) == 200
