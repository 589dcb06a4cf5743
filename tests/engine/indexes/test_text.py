"""Text indexes: languages, weights, and documents by their score."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

import engine
from engine import Count, Query
from engine.indexes import NewIndex, TextOptions
from engine.indexes.text import LANGUAGES
from engine.schema import Collation
from tests.engine.conftest import Make
from tests.engine.strategies import faults, refusal

Stored = Callable[..., list[dict[str, Any]]]
KEYS = (("title", "text"), ("body", "text"))
ONLY_TEXT = 'Goes only with keys of the order "text".'
WEIGHT = "Must be a whole number from 1 to 99999."
NAME = "Must be the name of a field, of 1 to 100 characters."
NO_PAGES = "Does not go with score; ask for pages by number."
LANGUAGE = (
    "A document names a language that text indexes do not know, in the field that language_override names, by "
    "default `language`."
)


def text(**options: Any) -> NewIndex:
    return NewIndex(KEYS, text=TextOptions(**options))


def found(things: engine.Collection, words: str, **more: Any) -> list[int]:
    return [
        item["n"] for item in things.find(Query({"$text": {"$search": words, **more}}, sort=(("n", 1),))).documents
    ]


def test_every_language_is_one_of_mongodb(make: Make) -> None:
    things = make()
    for language in LANGUAGES:
        name = things.indexes.create(text(default_language=language))
        (index,) = [item for item in things.indexes.all() if item.name == name]
        assert index.text == TextOptions(language, "language", {"body": 1, "title": 1})
        things.indexes.drop(name)


def test_the_language_of_an_index_and_of_a_document(make: Make, stored: Stored) -> None:
    things = make()
    things.insert([{"n": 0, "title": "die Häuser"}, {"n": 1, "title": "running", "in": "english"}])
    things.indexes.create(text(default_language="german", language_override="in"))
    assert found(things, "haus") == [0]
    assert found(things, "run", **{"$language": "english"}) == [1]
    assert things.insert([{"n": 2, "title": "haus", "language": "Klingon"}])
    before = stored(system=True)
    for bad in ("Klingon", 7):
        assert refusal(engine.Invalid, things.insert, [{"title": "x", "in": bad}]).message.endswith(LANGUAGE)
        change = engine.Change({"in": bad})
        assert LANGUAGE in refusal(engine.Invalid, things.update, Query({"n": 0}), change).message
    assert stored(system=True) == before


def test_accents_case_and_composition(make: Make) -> None:
    things = make()
    names = ["café", unicodedata.normalize("NFD", "café"), "CAFE", "Café", "tea"]
    things.insert([{"n": n, "title": name} for n, name in enumerate(names)])
    things.indexes.create(text(default_language="none"))
    for words in names[:4]:
        assert found(things, words) == [0, 1, 2, 3]
    assert found(things, "cafe", **{"$diacriticSensitive": True}) == [2]


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (
            NewIndex([("a", 1)], text=TextOptions("german", "in", {"a": 2})),
            dict.fromkeys(("default_language", "language_override", "weights"), ONLY_TEXT),
        ),
        (text(default_language="klingon"), {"default_language": f"Must be one of {', '.join(LANGUAGES)}."}),
        (text(language_override="a.b"), {"language_override": "A field name must not contain a dot."}),
        (text(language_override="$a"), {"language_override": "A field name must not begin with '$'."}),
        (text(language_override="x" * 101), {"language_override": NAME}),
        (text(weights={"other": 2}), {"weights.other": 'Is not a field of keys with the order "text".'}),
        (text(weights={"title": 0, "body": 100_000}), dict.fromkeys(("weights.title", "weights.body"), WEIGHT)),
        (text(weights={"title": True}), {"weights.title": WEIGHT}),
    ],
)
def test_what_is_no_text_index(make: Make, index: NewIndex, expected: dict[str, str]) -> None:
    things = make()
    assert dict(faults(engine.Invalid, things.indexes.create, index)) == expected
    assert [item.name for item in things.indexes.all()] == ["_id_"]


@pytest.fixture
def articles(make: Make) -> engine.Collection:
    things = make()
    things.insert(
        [{"n": 0, "title": "tea", "body": "coffee"}, {"n": 1, "title": "coffee", "body": "tea"}]
        + [{"n": 2, "title": "coffee coffee", "body": "coffee"}, {"n": 3, "title": "milk", "body": "x"}]
    )
    things.indexes.create(text(weights={"title": 10, "body": 2}))
    return things


def test_the_best_matches_first(articles: engine.Collection) -> None:
    (index,) = [item for item in articles.indexes.all() if item.text]
    assert index.text and index.text.weights == {"title": 10, "body": 2}
    search = {"$text": {"$search": "coffee"}}
    order: list[int] = []
    for skip in range(4):
        page = articles.find(Query(search, score=True, skip=skip, limit=1, count=Count.EXACT))
        assert (page.total, page.next) == (3, None)
        order += [item["n"] for item in page.documents]
    assert order == [2, 1, 0]
    for fields in ({}, {"n": 1}, {"_id": 0, "n": 1}, {"title": 0}, {"_sys.version": 1}, {"_sys": 1}):
        shown = articles.find(Query(search, score=True, fields=fields)).documents
        scores = [item["_sys"]["score"] for item in shown]
        assert scores == sorted(scores, reverse=True) and len(set(scores)) == 3
        assert all(("_id" in item) == (fields.get("_id", 1) == 1) for item in shown)
    assert "score" not in articles.find(Query(search)).documents[0]["_sys"]
    score = {"$set": {"score": {"$meta": "textScore"}}}
    piped = articles.aggregate([{"$match": search}, score, {"$sort": {"score": -1}}])
    assert [item["n"] for item in piped] == [2, 1, 0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(score=True), {"score": "Goes only with $text at the top of filters."}),
        (Query({"$text": {"$search": "a"}}, score=True, sort=(("n", 1),)), {"sort": NO_PAGES}),
        (Query({"$text": {"$search": "a"}}, score=True, cursor="x"), {"cursor": NO_PAGES}),
        (
            Query({"$text": {"$search": "a"}}, score=True, collation=Collation("en", 1)),
            {"collation": NO_PAGES},
        ),
    ],
)
def test_where_there_is_no_score(articles: engine.Collection, query: Query, expected: dict[str, str]) -> None:
    assert dict(faults(engine.Invalid, articles.find, query)) == expected


@pytest.mark.parametrize("operand", ["sortKey", "searchScore", 1, {"$literal": "textScore"}])
def test_other_metadata_is_refused(articles: engine.Collection, operand: Any) -> None:
    ((place, _),) = faults(engine.Invalid, articles.aggregate, [{"$set": {"x": {"$meta": operand}}}])
    assert place == "pipeline.0.$set.x.$meta"
    refusal(engine.Invalid, articles.aggregate, [{"$set": {"x": {"$meta": "textScore"}}}])
