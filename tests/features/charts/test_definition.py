"""Which members of a chart go together."""

from __future__ import annotations

from typing import Any

import pytest

from features.charts.definition import source_errors


@pytest.mark.parametrize(
    ("stored", "fields"),
    [
        ({"table": "a"}, []),
        ({"sql": "SELECT 1"}, []),
        ({"table": "a", "filter": {"b": 1}, "aggregate": "sum"}, []),
        ({"title": "x"}, ["table"]),
        ({"table": "a", "pipeline": [{}], "aggregate": "sum"}, ["pipeline"]),
        ({"table": "a", "sql": "SELECT 1"}, ["sql"]),
    ],
)
def test_sources(stored: dict[str, Any], fields: list[str]) -> None:
    assert [error.field for error in source_errors(stored)] == fields
