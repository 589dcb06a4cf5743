"""Replacement of file ids in fields and arrays of documents."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import engine
from dialects.restdb.documents import media_links

FILE, OTHER, UNKNOWN = "a" * 32, "0123456789abcdef" * 2, "f" * 32
RECORDS = {FILE: {"_id": FILE}, OTHER: {"_id": OTHER}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (FILE, [FILE]),
        ([FILE, "text", 1, OTHER], [FILE, OTHER]),
        ([[FILE]], []),
        ({"file": FILE}, []),
        (FILE.upper(), []),
        (FILE[1:], []),
        (FILE + "a", []),
        (FILE + "\n", []),
        ("g" * 32, []),
        ("１" * 32, []),
        (None, []),
        ([], []),
    ],
)
def test_ids_in_a_field(value: Any, expected: list[str]) -> None:
    assert media_links._ids(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (FILE, [{"_id": FILE}]),
        ([OTHER, FILE], [{"_id": OTHER}, {"_id": FILE}]),
        ([FILE, UNKNOWN, 1, None, [FILE]], [{"_id": FILE}, UNKNOWN, 1, None, [FILE]]),
        (UNKNOWN, UNKNOWN),
        ([UNKNOWN], [UNKNOWN]),
        ({"file": FILE}, {"file": FILE}),
        (f"see {FILE}", f"see {FILE}"),
    ],
)
def test_known_ids_become_records(value: Any, expected: Any) -> None:
    documents = [{"_id": "1", "photo": value}, {"_id": "2"}]
    media_links._replace(documents, RECORDS)
    assert documents == [{"_id": "1", "photo": expected}, {"_id": "2"}]


@pytest.mark.parametrize(
    "replace", [media_links.fetch_records, lambda *args: media_links.link_records(*args, base="")]
)
def test_too_many_files_at_once_are_refused(settings: Any, replace: Any) -> None:
    settings.MAX_EXPANDED = 1
    database: Any = SimpleNamespace()
    with pytest.raises(engine.TooLarge) as caught:
        replace([{"a": FILE, "b": [FILE, OTHER]}], database)
    assert caught.value.message == "At most 1 files at once (MAX_EXPANDED)."
