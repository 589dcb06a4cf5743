"""Values as cells."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from bson import Binary, Decimal128, Int64, ObjectId, Regex

from features.sql.cells import cell_of, file_cell

VALUES = [
    (None, None),
    (True, 1),
    (Int64(-(2**63)), -(2**63)),
    (1.5, 1.5),
    (float("nan"), None),
    (float("inf"), float("inf")),
    ("a", "a"),
    (b"a", b"a"),
    (Binary(b"a", 128), b"a"),
    (Decimal128("NaN"), None),
    (Decimal128("0.1"), 0.1),
    (datetime(2020, 1, 2), "2020-01-02T00:00:00.000Z"),
    (date(2020, 1, 2), "2020-01-02"),
    (ObjectId("5" * 24), "5" * 24),
    ([1, {"a": None}], '[1,{"a":null}]'),
    (Regex("a"), '{"pattern":"a"}'),
]


@pytest.mark.parametrize(("value", "cell"), VALUES)
def test_cells(value: Any, cell: Any) -> None:
    assert cell_of(value) == cell
    assert type(cell_of(value)) is type(cell)


def test_a_file_is_a_blob() -> None:
    assert file_cell("5" * 24) == b"5" * 24
    assert file_cell(None) is None
