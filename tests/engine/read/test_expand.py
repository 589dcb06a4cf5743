"""Expanded references: the paths that may be followed, and what stays without a document."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from engine import CollectionSpec, Invalid, Store, TooLarge
from engine.errors import FieldError
from engine.limits import Limits
from engine.read.expand import Expansion
from engine.schema.declaration import parse_schema
from engine.schema.schema import Schema

ONE, TWO = ObjectId("5f" * 12), ObjectId("60" * 12)


def schema_of(**targets: str) -> Schema:
    fields = [{"name": name, "type": "reference", "collection": target} for name, target in targets.items()]
    fields.append({"name": "title", "type": "string"})
    schema, errors = parse_schema(fields, limits=Limits())
    assert not errors
    return schema


FILMS = schema_of(director="people", studio="studios")
ADDRESS = {"name": "address", "type": "reference", "collection": "people", "path": "addresses"}
KNOWN = {"people": CollectionSpec("people", "c2", schema_of(friend="people", home="places"))}


def expansion(**limits: int) -> Expansion:
    """Return an expansion whose store never connects: nothing here reaches a server."""
    return Expansion(Store("mongodb://127.0.0.1:1", limits=Limits(**limits)), "db", KNOWN)


@pytest.mark.parametrize(
    ("paths", "tree"),
    [
        ([], {}),
        (["director"], {"director": {}}),
        # Its collection is not readable: the reference is one all the same.
        (["studio"], {"studio": {}}),
        (
            ["director.friend.home", "director.home", "studio"],
            {"director": {"friend": {"home": {}}, "home": {}}, "studio": {}},
        ),
        (["director.friend", "director", "director"], {"director": {"friend": {}}}),
    ],
)
def test_paths_through_references_are_a_tree(paths: list[str], tree: Any) -> None:
    assert expansion().check(FILMS, paths) == tree


@pytest.mark.parametrize(
    "path", ["", "title", "unknown", "director.title", "director.", ".director", "studio.owner", "_id", "Director"]
)
def test_a_path_through_anything_else_is_refused(path: str) -> None:
    with pytest.raises(Invalid) as caught:
        expansion().check(FILMS, ["director", path])
    assert caught.value.errors == (FieldError("expand", f"{path!r} is not a reference of the collection."),)


def test_a_path_ends_with_what_is_embedded() -> None:
    schema, _ = parse_schema([ADDRESS], limits=Limits())
    assert expansion().check(schema, ["address"]) == {"address": {}}
    with pytest.raises(Invalid) as caught:
        expansion().check(schema, ["address.friend"])
    assert caught.value.errors == (FieldError("expand", "'address.friend' is not a reference of the collection."),)


def test_a_path_is_no_longer_than_the_cap_and_every_error_is_reported() -> None:
    paths = ["director.friend", "director.friend.home", "x.y.z", "title"]
    with pytest.raises(Invalid) as caught:
        expansion(expand_depth=2).check(FILMS, paths)
    further = "{!r} leads further than 2 references (MAX_EXPAND_DEPTH)."
    texts = [*map(further.format, paths[1:3]), "'title' is not a reference of the collection."]
    assert caught.value.errors == tuple(FieldError("expand", text) for text in texts)


def test_references_into_an_unreadable_collection_become_null() -> None:
    documents = [{"studio": ONE}, {"studio": [ONE, TWO]}, {"studio": None}, {"title": "é"}]
    reading = expansion()
    reading.expand(documents, FILMS, {"studio": {}})
    assert documents == [{"studio": None}, {"studio": [None, None]}, {"studio": None}, {"title": "é"}]
    assert reading.fetched == 0


def test_values_that_are_no_ids_stay() -> None:
    documents = [{"director": "text"}, {"director": [1, None, {"a": ONE}]}, {"director": None}, {}]
    reading = expansion(expanded=0)
    reading.expand(documents, FILMS, {"director": {"friend": {}}})
    assert documents == [{"director": "text"}, {"director": [1, None, {"a": ONE}]}, {"director": None}, {}]


@pytest.mark.parametrize(
    "documents", [[{"director": ONE}, {"director": TWO}], [{"director": [ONE, TWO, ONE]}, {"director": TWO}]]
)
def test_no_more_documents_are_fetched_than_the_cap(documents: list[dict[str, Any]]) -> None:
    reading = expansion(expanded=1)
    with pytest.raises(TooLarge) as caught:
        reading.expand(documents, FILMS, {"director": {}})
    assert caught.value.errors == (FieldError("expand", "More than 1 references to follow (MAX_EXPANDED)."),)
    assert reading.fetched == 2
