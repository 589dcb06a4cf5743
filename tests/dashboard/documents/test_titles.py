"""The title field of a collection, declared or guessed, and the label of a document."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dashboard.documents import titles


def spec_of(*fields: tuple[str, str], title_field: str = "") -> engine.CollectionSpec:
    schema = engine.Schema(tuple(engine.Field(name, kind) for name, kind in fields))
    return engine.CollectionSpec("films", "films_1", schema, title_field=title_field)


@pytest.mark.parametrize(
    ("spec", "documents", "field"),
    [
        (spec_of(("a", "string"), title_field="b"), [{"c": "x"}], "b"),
        (spec_of(("a", "string"), ("Title", "string")), [], "Title"),
        (spec_of(("rating", "number"), ("director", "string")), [{"Title": "Slam", "director": "x"}], "Title"),
        (spec_of(("e-mail", "email"), ("full name", "string")), [], "full name"),
        (spec_of(("first_name", "string"), ("city", "string")), [], "first_name"),
        (spec_of(("city", "string"), ("name", "number")), [], "city"),
        (spec_of(("n", "number")), [{"n": 1, "x": 2}, {"word": "a"}], "word"),
        (spec_of(("n", "number")), [{"n": 1}], "_id"),
        (spec_of(), [], "_id"),
    ],
)
def test_the_title_field_is_declared_or_guessed(
    spec: engine.CollectionSpec, documents: list[dict[str, Any]], field: str
) -> None:
    assert titles.title_field(spec, documents) == field


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("Slam", "Slam"),
        (12, "12"),
        (None, "1"),
        ("  ", "1"),
        ("two\nlines", "two lines"),
        ("x" * 90, "x" * 80 + "…"),
    ],
)
def test_a_label_is_one_short_line_or_the_id(value: Any, label: str) -> None:
    assert titles.label({"_id": 1, "title": value}, "title") == label
