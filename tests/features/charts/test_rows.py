"""Rows of charts are capped."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.services.access import open_database
from catalog.services.creation import create_empty_database
from features.charts.definition import Drawing
from features.charts.kinds import ChartKind
from features.charts.rows import read_rows

SQL = Drawing(ChartKind.BAR, "t", (), "", sql="SELECT 1")


def test_rows_of_sql_are_capped_by_the_number_of_values(owner: PersonPrincipal, settings: Any) -> None:
    settings.CHART_MAX_POINTS = 6
    database = open_database(owner, create_empty_database(owner, name="x").id)
    rows: list[dict[str, Any]] = [{"a": str(number), "b": number, "c": float("inf")} for number in range(5)]
    drawn = read_rows(database, SQL, run_select=lambda statement: (rows, []))
    assert (drawn.names, drawn.rows, drawn.is_cut) == (
        ("a", "b", "c"),
        [("0", 0, None), ("1", 1, None), ("2", 2, None)],
        True,
    )
    assert read_rows(database, SQL, run_select=lambda statement: (rows[:3], [])).is_cut is False
    with pytest.raises(engine.Invalid, match="cannot be drawn here"):
        read_rows(database, SQL)
