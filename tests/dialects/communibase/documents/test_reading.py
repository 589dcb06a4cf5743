"""Lists of documents in batches: whole pages, parts of a collection, and pages of versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.services.creation import create_database
from dialects.communibase.documents import reading
from engine.history import VersionPage

COUNT = 300
BY_NUMBER = engine.Query(sort=(("n", 1),), fields={"n": 1})


@pytest.fixture
def numbers(owner: PersonPrincipal) -> engine.Collection:
    """Return a collection of 300 documents, whose `n` is 0 to 299."""
    fields = [{"name": "n", "type": "number"}]
    database, _ = create_database(owner, name="first", collections=[{"name": "numbers", "fields": fields}])
    collection = database.collection("numbers")
    collection.insert([{"n": number} for number in range(COUNT)])
    return collection


def test_documents_in_batches(numbers: engine.Collection) -> None:
    cases: list[tuple[int, int, range, int]] = [
        (0, 0, range(COUNT), 256),
        (0, 10, range(10), 10),
        (295, 10, range(295, 300), 5),
        (300, 10, range(0), 0),
        (0, 256, range(256), 256),
        (0, 257, range(257), 256),
        (20, 270, range(20, 290), 256),
        (299, 1000, range(299, 300), 1),
        (400, 1000, range(0), 0),
    ]
    for skip, limit, expected, largest in cases:
        batches = [*reading.read(numbers, BY_NUMBER, skip=skip, limit=limit)]
        assert [item["n"] for batch in batches for item in batch] == [*expected], (skip, limit)
        assert limit == 0 or max(map(len, batches), default=0) == largest, (skip, limit)


def test_a_filter_goes_with_every_batch(numbers: engine.Collection) -> None:
    query = replace(BY_NUMBER, filter={"n": {"$gte": 290}})
    for limit, expected in ((0, 10), (5, 5), (500, 10)):
        batches = reading.read(numbers, query, skip=0, limit=limit)
        assert [item["n"] for batch in batches for item in batch] == [*range(290, 290 + expected)]


def test_documents_too_large_for_one_page_come_in_batches(numbers: engine.Collection) -> None:
    numbers.delete(engine.Query())
    large = "x" * (6 << 20)
    for number in range(3):
        numbers.insert([{"n": number, "text": large}])
    query = engine.Query(sort=(("n", 1),))
    batches = reading.read(numbers, query, skip=0, limit=3)
    assert [item["n"] for batch in batches for item in batch] == [0, 1, 2]


class Versions:
    """Serves pages of the numbers below `count`, and records which were read."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.read: list[tuple[int, int]] = []

    def __call__(self, query: engine.Query) -> VersionPage:
        self.read.append((query.skip, query.limit))
        end = min(query.skip + query.limit, self.count)
        return VersionPage([{"n": number} for number in range(query.skip, end)], end < self.count)


@pytest.mark.parametrize(
    ("count", "skip", "limit", "read"),
    [
        (0, 0, 0, [(0, 256)]),
        (256, 0, 0, [(0, 256)]),
        (257, 0, 0, [(0, 256), (256, 256)]),
        (600, 0, 0, [(0, 256), (256, 256), (512, 256)]),
        (600, 0, 256, [(0, 256)]),
        (600, 0, 300, [(0, 256), (256, 44)]),
        (600, 590, 300, [(590, 256)]),
        (600, 10, 5, [(10, 5)]),
    ],
)
def test_pages_of_versions(count: int, skip: int, limit: int, read: list[tuple[int, int]]) -> None:
    versions = Versions(count)
    batches = reading.pages(versions, engine.Query(), skip=skip, limit=limit)
    assert versions.read == read[:1]
    numbers = [item["n"] for batch in batches for item in batch]
    assert numbers == [*range(count)][skip : skip + limit if limit else None]
    assert versions.read == read


def test_an_error_of_the_first_page_is_raised_at_once() -> None:
    def fetch(query: engine.Query) -> Any:
        raise engine.Invalid("no history")

    with pytest.raises(engine.Invalid):
        reading.pages(fetch, engine.Query(), skip=0, limit=0)
