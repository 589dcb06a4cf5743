"""Lists of several pages of documents, with a cap where no limit is set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.services.creation import create_database
from dialects.airsequel.graphql.resolvers.paging import read
from engine.context import now

BY_NUMBER = engine.Query(sort=(("n", 1),), fields={"n": 1}, count=engine.Count.NONE)


@pytest.fixture
def numbers(owner: PersonPrincipal, settings: Any) -> engine.Collection:
    """Return a collection of ten documents, whose `n` is 0 to 9, of which a page has at most three."""
    fields = [{"name": "n", "type": "number"}]
    database, _ = create_database(owner, name="first", collections=[{"name": "numbers", "fields": fields}])
    collection = database.collection("numbers")
    collection.insert([{"n": number} for number in range(10)])
    # After the store of this process, which has the limits of its first use, was made.
    settings.MAX_PAGE_SIZE = 3
    settings.GRAPHQL_MAX_ROWS = 10
    return collection


def test_rows_up_to_a_limit(numbers: engine.Collection) -> None:
    for skip, limit, expected in [
        (0, 1, range(1)),
        (0, 3, range(3)),
        (0, 7, range(7)),
        (0, 99, range(10)),
        (2, 7, range(2, 9)),
        (8, 7, range(8, 10)),
        (10, 7, range(0)),
        (0, None, range(10)),
    ]:
        query = engine.Query(sort=(("n", 1),), fields={"n": 1}, skip=skip, count=engine.Count.NONE)
        assert [row["n"] for row in read(numbers, query, limit=limit)] == [*expected], (skip, limit)


@pytest.mark.parametrize("is_past", [False, True])
def test_without_a_limit_there_is_a_cap(numbers: engine.Collection, settings: Any, is_past: bool) -> None:
    settings.GRAPHQL_MAX_ROWS = 9
    as_of: datetime | None = now() if is_past else None
    with pytest.raises(engine.TooLarge) as refused:
        read(numbers, BY_NUMBER, limit=None, as_of=as_of)
    assert refused.value.message == (
        "The query has 10 rows, more than 9 (GRAPHQL_MAX_ROWS); set a limit, such as `limit: 50`."
    )
    assert len(read(numbers, BY_NUMBER, limit=10, as_of=as_of)) == 10
