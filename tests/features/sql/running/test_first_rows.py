"""The documents that are read for the first rows of an order."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from bson import Decimal128, ObjectId
from django.conf import settings

import engine
from catalog.services.hidden_fields import ROWID, ROWID_FIELD
from engine.indexes import NewIndex
from engine.jobs import make_storage
from engine.limits import Limits
from engine.schema import parse_schema
from engine.schema.schema import new_stamps
from features.sql.running.first_rows import FirstRowsReader
from features.sql.running.ordering import FirstRows, rowid_column
from features.sql.source import DocumentSource
from features.sql.tables import SqlColumn, SqlTable

COLUMNS = {
    "n": SqlColumn("n", "n", "REAL", kind="number"),
    "name": SqlColumn("name", "name", "TEXT"),
    "day": SqlColumn("day", "day", "TEXT", kind="date"),
}
TABLE = SqlTable("t", (*COLUMNS.values(),), ROWID)
NAN, JUST_OVER_2 = float("nan"), Decimal128(f"2.{'0' * 25}1")
FIRST = FirstRows(2, COLUMNS["n"])


@pytest.fixture
def things() -> Iterator[engine.Collection]:
    """Return an empty collection of numbered documents."""
    limits = Limits(query_seconds=20, page_size=100)
    store, name = engine.Store(settings.MONGODB_URI, limits=limits), f"test_{secrets.token_hex(6)}"
    fields = [ROWID_FIELD, {"name": "n", "type": "number"}, {"name": "name"}, {"name": "day", "type": "date"}]
    schema, errors = parse_schema(fields, limits=limits)
    assert not errors
    spec = engine.CollectionSpec("t", "t", schema)
    make_storage(store, name, [spec])
    yield engine.Collection(store, name, spec, "tester", engine.ALL_ACTIONS).with_hidden_fields()
    store.database(name).client.drop_database(name)


def fill(things: engine.Collection, field: str, values: list[Any]) -> None:
    """Store a document for each value, with rowids from 1; ... is a missing field."""
    now = datetime(2020, 1, 1)
    for rowid, value in enumerate(values, 1):
        document = {} if value is ... else {field: value}
        things.insert_all([{"_id": ObjectId(), "_sys": new_stamps(actor="x", now=now), ROWID: rowid, **document}])


def read(things: engine.Collection, first: FirstRows) -> list[int]:
    """Return the rowids of the documents that are read, in their order."""
    paths = [ROWID, first.column.path]
    reader = FirstRowsReader(DocumentSource(lambda table: things), TABLE, paths, None, first)
    return sorted(document[ROWID] for batch in reader.batches() for document in batch)


@pytest.mark.parametrize(
    ("field", "values", "way", "rowids"),
    [
        ("n", [5, 1, 2, 2, 3], 1, [2, 3, 4]),
        ("n", [5, 1, 2, 2, 3], -1, [1, 5]),
        ("n", [2, 2, 2, 1], 1, [1, 2, 3, 4]),
        ("n", [3, ..., None, 1], 1, [2, 3]),
        ("n", [3, None, NAN, ...], 1, [2, 3, 4]),
        ("n", [3, 4, 5, "1", True], 1, [1, 2, 4, 5]),
        ("n", [3, 4, 5, "1"], -1, [1, 2, 3, 4]),
        ("n", [3, 4, 5, [1], {}], -1, [1, 2, 3, 4, 5]),
        ("n", [3, 4, 5, [9]], 1, [1, 2, 4]),
        ("n", [JUST_OVER_2, 2, 1, 3], 1, [1, 2, 3]),
        ("n", [Decimal128("2.1"), 2, 1, 3], 1, [2, 3]),
        ("n", [2**53 + 1, 2**53, 2**54], 1, [1, 2, 3]),
        ("n", [1], 1, [1]),
        ("n", ["a"], 1, [1]),
        ("name", ["c", "a", "b", "ä"], 1, [2, 3]),
        ("name", ["c", "a", "b", "d", 5, True], 1, [1, 2, 3, 4, 5, 6]),
        ("name", ["c", "a", "b", "d", True], 1, [2, 3, 5]),
        ("name", ["c", "a", "b", 5], -1, [1, 3, 4]),
        ("day", [datetime(2021, 1, 1), datetime(2020, 1, 1), datetime(2020, 1, 1, 5), ...], -1, [1, 3]),
    ],
)
@pytest.mark.parametrize("is_indexed", [True, False])
def test_only_the_first_documents_and_those_of_other_types_are_read(
    things: engine.Collection, field: str, values: list[Any], way: int, rowids: list[int], *, is_indexed: bool
) -> None:
    fill(things, field, values)
    if is_indexed:
        things.indexes.create(NewIndex([(field, 1)]))
    first = FirstRows(2, COLUMNS[field], way, has_arrays=not things.excludes_arrays(field))
    assert read(things, first) == rowids


def test_other_columns_decide_between_all_equal_values(things: engine.Collection) -> None:
    fill(things, "n", [2, 2, 3, 2, 1])
    assert read(things, replace(FIRST, is_whole=False)) == [1, 2, 4, 5]


def test_rows_come_by_rowid(things: engine.Collection) -> None:
    fill(things, "n", [1, 2, 3])
    by_rowid = FirstRows(2, rowid_column(TABLE))
    assert read(things, by_rowid) == [1, 2]
    assert read(things, replace(by_rowid, way=-1)) == [2, 3]
    assert read(things, replace(by_rowid, count=0)) == []


def test_more_than_a_page_is_read_whole(things: engine.Collection) -> None:
    fill(things, "n", [2, 1, 3])
    assert read(things, replace(FIRST, count=101)) == [1, 2, 3]


def test_the_first_rows_of_random_values_are_read(things: engine.Collection) -> None:
    chance = random.Random(5)
    own, others = [*range(5), 2.5, None, ...], [NAN, "3", True, Decimal128("1.5"), JUST_OVER_2, "x", [2], {"a": 1}]
    values = [chance.choice(others if chance.random() < 0.1 else own) for _ in range(60)]
    fill(things, "n", values)
    cells = [_number(value) for value in values]
    for way in (1, -1):
        order = sorted(range(60), key=lambda place: (cells[place][0] * way, cells[place][1] * way, place))
        for count in (1, 3, 12, 40):
            assert {place + 1 for place in order[:count]} <= {*read(things, FirstRows(count, COLUMNS["n"], way))}


def _number(value: Any) -> tuple[int, float]:
    """Return the place of a value in the order of SQLite, whose texts all come after numbers, in any order here."""
    if value is ... or value is None or value is NAN:
        return 0, 0.0
    if value == "3" or isinstance(value, int | float | Decimal128):
        return 1, float(value.to_decimal() if isinstance(value, Decimal128) else value)
    return 2, 0.0
