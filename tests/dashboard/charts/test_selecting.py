"""Charts of SQL in the dashboard: drawn with the permissions of their reader, several of them at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

import engine
from catalog.services.access import team_of
from features.charts.services import add_chart, list_charts
from features.sql.slots import shared_slots
from tests.dashboard.charts.test_views import image
from tests.dashboard.conftest import Browser


def add(browser: Browser, database: engine.Database, sql: str) -> str:
    """Add a chart of SQL and return the path of its image."""
    definition = {"chartType": "BarChart", "title": "By SQL", "sql": sql}
    created = add_chart(browser.principal, database.id, definition)
    return f"db/{database.id}/charts/{created.id}/image"


def test_the_rows_of_a_statement_are_drawn(anna: Browser, films: engine.Database) -> None:
    films.collection("films").insert([{"title": "Duel"}, {"title": "Duel"}, {"title": "Jaws"}])
    path = add(anna, films, "SELECT title, count(*) AS n FROM films GROUP BY title")
    drawing = image(anna, path)
    assert "Duel" in drawing and "Jaws" in drawing
    assert image(anna, f"{path}?theme=dark") != drawing
    page = anna.get(path.removesuffix("/image"))
    assert page.status_code == 200


def test_what_is_wrong_with_a_statement_is_drawn_as_text(anna: Browser, films: engine.Database) -> None:
    for sql, text in (
        ("SELECT * FROM lost", "no such table: lost"),
        ("DELETE FROM films", "Only SELECT is allowed here."),
    ):
        assert text in image(anna, add(anna, films, sql))


def test_viewers_see_charts_of_sql(
    anna: Browser, films: engine.Database, new_team_member: Callable[[str], Browser]
) -> None:
    films.collection("films").insert([{"title": "Duel"}])
    path = add(anna, films, "SELECT title, 1 AS n FROM films")
    assert "Duel" in image(new_team_member("viewer"), path)


@pytest.mark.django_db(transaction=True)
def test_the_charts_of_a_page_are_drawn_one_after_the_other(
    anna: Browser, films: engine.Database, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SQL_TIMEOUT = 200.0
    monkeypatch.setattr(shared_slots(), "_max_wait", 0.0)
    films.collection("films").insert([{"title": "Duel"}])
    paths = [add(anna, films, f"SELECT title || '-{number}' AS t, 1 AS n FROM films") for number in range(4)]

    def drawn(number: int) -> str:
        try:
            return image(anna, paths[number])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        for number, drawing in enumerate(threads.map(drawn, range(4))):
            assert f"Duel-{number}" in drawing
    assert len(list_charts(anna.principal, films.id)) == 4


def test_without_a_slot_the_image_says_so(anna: Browser, films: engine.Database, settings: Any) -> None:
    settings.SQL_TIMEOUT = 0.0
    path = add(anna, films, "SELECT 1 AS a, 2 AS b")
    slots = shared_slots()
    slots._max_wait, former = 0.0, slots._max_wait
    try:
        with slots.of(str(_team(anna, films))):
            assert "Another statement of your team is running" in image(anna, path)
    finally:
        slots._max_wait = former


def _team(browser: Browser, database: engine.Database) -> Any:
    return team_of(browser.principal, database.id)
