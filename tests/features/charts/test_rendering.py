"""Drawings belong to the readers of a database."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.services.creation import create_empty_database
from features.charts import rendering, services


def test_strangers_see_no_chart(owner: PersonPrincipal, make_principal: Callable[..., PersonPrincipal]) -> None:
    database_id = create_empty_database(owner, name="x").id
    chart = services.add_chart(owner, database_id, {"chartType": "BarChart", "sql": "SELECT 1", "title": "a"})
    for render in (rendering.svg_of, rendering.specification_of):
        with pytest.raises(engine.NotFound):
            render(make_principal(), database_id, chart.id, run_select=lambda statement: ([], []))
