"""Field masks: which paths they hide, in documents and for queries."""

from __future__ import annotations

from typing import Any

import pytest

from engine.limits import Limits
from engine.schema.mask import FieldMask, parse_mask

DOCUMENT = {
    "_id": 1,
    "_sys": {"version": 1},
    "a": 1,
    "b": {"c": 2, "d": {"e": 3}},
    "l": [{"c": 1, "d": 2}, 5, [{"c": 3, "d": 4}]],
}
FIXED = {"_id": 1, "_sys": {"version": 1}}


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (FieldMask(("a",)), {"b": DOCUMENT["b"], "l": DOCUMENT["l"]}),
        (FieldMask(("b.d", "l.c")), {"a": 1, "b": {"c": 2}, "l": [{"d": 2}, 5, [{"d": 4}]]}),
        (FieldMask(("a",), includes=True), {"a": 1}),
        (FieldMask(("b.d.e",), includes=True), {"b": {"d": {"e": 3}}}),
        (FieldMask(("l.c",), includes=True), {"l": [{"c": 1}, [{"c": 3}]]}),
        (FieldMask(("a.x",), includes=True), {}),
        (FieldMask(("b",), includes=True, always=("a",)), {"a": 1, "b": DOCUMENT["b"]}),
    ],
)
def test_documents_without_what_is_masked(mask: FieldMask, expected: dict[str, Any]) -> None:
    assert mask.apply(DOCUMENT) == FIXED | expected


def test_the_stage_of_a_pipeline_names_no_path_inside_another() -> None:
    assert FieldMask(("b", "b.c", "a")).stage == {"$unset": ["b", "a"]}
    assert FieldMask(("b.c", "b"), includes=True).stage == {"$project": {"_id": 1, "_sys": 1, "b": 1}}


@pytest.mark.parametrize(
    ("path", "excluded", "included"),
    [
        ("a", False, True),
        ("b", True, True),
        ("b.c", True, False),
        ("b.c.x", True, False),
        ("b.0.c", True, False),
        ("b.$[].c", True, False),
        ("b.x", False, True),
        ("_id", False, False),
        ("_sys.version", False, False),
        ("2020", False, True),
    ],
)
def test_paths_that_touch_something_masked(path: str, excluded: bool, included: bool) -> None:
    assert FieldMask(("b.c",)).touches(path) is excluded
    assert FieldMask(("b.c",), includes=True).touches(path) is included


def test_top_level_members_of_which_nothing_is_visible() -> None:
    assert [FieldMask(("a", "b.c")).hides(name) for name in ("a", "b", "_id")] == [True, False, False]
    assert [FieldMask(("b.c",), includes=True).hides(name) for name in ("a", "b", "_id")] == [True, False, False]


@pytest.mark.parametrize(
    ("raw", "errors"),
    [
        ({"include": ["a", "b.c"]}, []),
        ({"exclude": ["a"], "include": ["b"]}, [("", 'Must be {"include": [paths]} or {"exclude": [paths]}.')]),
        ([], [("", 'Must be {"include": [paths]} or {"exclude": [paths]}.')]),
        ({"include": []}, [("include", "Must be an array of 1 to 2000 paths (MAX_QUERY_NODES).")]),
        ({"exclude": ["_id"]}, [("exclude.0", "'_id' is always visible.")]),
        (
            {"exclude": ["a", "l.0", 1]},
            [
                ("exclude.1", "Elements of arrays have no paths of their own; name the array."),
                ("exclude.2", "Must be a path, as text."),
            ],
        ),
        ({"exclude": ["a..b"]}, [("exclude.0", "A field name must not be empty.")]),
    ],
)
def test_masks_are_parsed_with_every_error(raw: Any, errors: list[tuple[str, str]]) -> None:
    mask, reported = parse_mask(raw, limits=Limits())
    assert reported == errors
    assert mask is None if errors else mask is not None and mask.as_dict() == raw
