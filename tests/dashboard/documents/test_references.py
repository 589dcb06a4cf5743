"""Links of references in the grid, and the filter of the picker."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

import engine
from dashboard.documents import references
from dashboard.documents.references import ReferenceLink

FIRST, SECOND = ObjectId("507f1f77bcf86cd799439011"), ObjectId("507f1f77bcf86cd799439012")
SCHEMA = engine.Schema(
    (
        engine.Field("title"),
        engine.Field("film", "reference", collection="films"),
        engine.Field("people", "reference", collection="people", many=True),
    )
)


def database_of(*collections: str) -> engine.Database:
    store: Any = None
    specs = {name: engine.CollectionSpec(name, f"{name}_1") for name in collections}
    return engine.Database(store, "d1", "cinema", "p1", "u1", engine.ALL_ACTIONS, specs)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("507f1f77bcf86cd799439011", {"_id": "507f1f77bcf86cd799439011"}),
        ("a.*", {"title": {"$regex": "a\\.\\*", "$options": "i"}}),
        ("é", {"title": {"$regex": "é", "$options": "i"}}),
        ("x" * 101, {"title": {"$regex": "x" * 100, "$options": "i"}}),
        ("507f1f77bcf86cd79943901", {"title": {"$regex": "507f1f77bcf86cd79943901", "$options": "i"}}),
    ],
)
def test_a_picker_searches_an_id_or_text_in_the_title(text: str, query: dict[str, Any]) -> None:
    assert references._matching("title", text) == query


def test_without_a_title_field_text_matches_nothing() -> None:
    assert references._matching("_id", "slam") == {"_id": {"$in": []}}
    assert references._matching("_id", str(FIRST)) == {"_id": str(FIRST)}


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (FIRST, [FIRST]),
        ([FIRST, SECOND, FIRST], [FIRST, SECOND, FIRST]),
        ([FIRST, str(SECOND), None, [SECOND]], [FIRST]),
        (str(FIRST), []),
        (None, []),
        ([], []),
        ([FIRST] * 21, [FIRST] * 20),
    ],
)
def test_only_ids_are_references(value: Any, ids: list[ObjectId]) -> None:
    assert references._values({"film": value}, "film") == ids
    assert references._values({}, "film") == []


def test_each_id_is_read_once_and_at_most_a_thousand() -> None:
    assert references._ids([{"a": [SECOND, FIRST]}, {"a": FIRST}, {}], "a") == [str(SECOND), str(FIRST)]
    documents = [{"a": ObjectId(f"{number:024x}")} for number in range(1001)]
    ids = references._ids(documents, "a")
    assert (len(ids), ids[0], ids[-1]) == (1000, "0" * 24, f"{999:024x}")


def test_a_link_has_the_title_or_else_the_id_of_a_missing_document() -> None:
    field = SCHEMA.by_name["people"]
    assert references._links(field, {"people": [FIRST, SECOND]}, {str(FIRST): "Ann"}) == [
        ReferenceLink("people", str(FIRST), "Ann", exists=True),
        ReferenceLink("people", str(SECOND), str(SECOND), exists=False),
    ]


@pytest.mark.parametrize(
    ("collections", "names", "links"),
    [
        ((), ["film", "people"], {}),
        (("films",), ["film", "people", "title", "absent"], {"film": []}),
        (("films", "people"), ["people", "film"], {"people": [], "film": []}),
        (("films",), ["title"], {}),
    ],
)
def test_only_references_to_readable_collections_have_links(
    collections: tuple[str, ...], names: list[str], links: dict[str, Any]
) -> None:
    documents: list[dict[str, Any]] = [{"title": "Slam"}, {"film": None, "people": []}]
    assert references.links_of(database_of(*collections), SCHEMA, documents, names) == [links, links]


def test_a_reference_to_an_unreadable_collection_has_no_link() -> None:
    assert references.links_of(database_of(), SCHEMA, [{"film": FIRST}], ["film"]) == [{}]
