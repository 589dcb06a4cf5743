"""Charts and dashboards are limited, and belong to one database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.services.creation import create_empty_database
from features.charts import services


def test_their_number_is_limited(owner: PersonPrincipal, settings: Any) -> None:
    settings.MAX_CHARTS = 1
    database_id = create_empty_database(owner, name="x").id
    chart = services.add_chart(owner, database_id, {"title": "a", "sql": "SELECT 1"})
    board = services.add_dashboard(owner, database_id, title="b", charts=[chart.id])
    with pytest.raises(engine.TooLarge):
        services.add_chart(owner, database_id, {"title": "c", "sql": "SELECT 1"})
    with pytest.raises(engine.TooLarge):
        services.add_dashboard(owner, database_id, title="d", charts=[])
    assert services.list_charts(owner, database_id) == [chart]
    assert services.list_dashboards(owner, database_id) == [board]


def test_those_of_another_database_are_missing(
    owner: PersonPrincipal, make_principal: Callable[..., PersonPrincipal]
) -> None:
    first, second = (create_empty_database(owner, name=name).id for name in ("x", "y"))
    chart = services.add_chart(owner, first, {"title": "a", "sql": "SELECT 1"})
    for database_id, caller, text in ((second, owner, "Chart not found."), (first, make_principal(), "Not found")):
        with pytest.raises(engine.NotFound, match=text):
            services.change_chart(caller, database_id, chart.id, {"title": "b"})
        with pytest.raises(engine.NotFound, match=text):
            services.delete_chart(caller, database_id, chart.id)
    assert services.list_charts(owner, first) == [chart]
