"""Charts and dashboards in the dashboard: created, drawn, edited and deleted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import engine
from catalog.models import Collection
from features.charts.services import list_charts, list_dashboards
from tests.dashboard.conftest import Browser, text_of

NEW = {"title": "Films by title", "chart_type": "BarChart", "table": "films", "first": "title", "others": ""}


def image(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    return answer.content.decode()


def test_a_chart_is_created_drawn_edited_and_deleted(anna: Browser, films: engine.Database) -> None:
    base = f"db/{films.id}/charts"
    films.collection("films").insert([{"title": "Duel"}, {"title": "Duel"}])
    assert "No charts yet" in text_of(anna.get(base))
    created = anna.post(base, NEW)
    (chart,) = list_charts(anna.principal, films.id)
    assert (created.status_code, created["Location"]) == (302, f"/dashboard/{base}/{chart.id}")
    listed = text_of(anna.get(base))
    assert "Films by title" in listed and "films, Bar" in listed and "BarChart" not in listed
    page = anna.get(f"{base}/{chart.id}").content.decode()
    assert re.findall(r'src="/dashboard/(\S+)"', page)[-2:] == [
        f"{base}/{chart.id}/image",
        f"{base}/{chart.id}/image?theme=dark",
    ]
    drawing = image(anna, f"{base}/{chart.id}/image")
    assert "Duel" in drawing and "Films by title" in drawing
    assert image(anna, f"{base}/{chart.id}/image?theme=dark") != drawing
    changed = {**NEW, "aggregate": "count", "filter": '{"title": "Duel"}', "hide_null_values": "on"}
    assert anna.post(f"{base}/{chart.id}", changed).status_code == 302
    (chart,) = list_charts(anna.principal, films.id)
    assert (chart.definition["filter"], chart.definition["aggregate"]) == ({"title": "Duel"}, "count")
    assert "{&quot;title&quot;: &quot;Duel&quot;}" in anna.get(f"{base}/{chart.id}").content.decode()
    assert anna.post(f"{base}/{chart.id}", {**NEW, "first": ""}).status_code == 302
    assert "Name the column of the x axis" in image(anna, f"{base}/{chart.id}/image")
    assert anna.post(f"{base}/{chart.id}/delete").status_code == 302
    assert list_charts(anna.principal, films.id) == []


def test_a_chart_of_sql_is_created_and_edited(
    anna: Browser, films: engine.Database, new_team_member: Callable[[str], Browser]
) -> None:
    base = f"db/{films.id}/charts"
    films.collection("films").insert([{"title": "Duel"}, {"title": "Jaws"}])
    new = {**NEW, "first": "", "source": "sql", "sql": "SELECT title, 1 AS n FROM films", "filter": "unused"}
    assert anna.post(base, new).status_code == 302
    (chart,) = list_charts(anna.principal, films.id)
    one = f"{base}/{chart.id}"
    assert "Jaws" in image(anna, f"{one}/image")
    page = anna.get(one).content.decode()
    assert "SELECT title, 1 AS n FROM films</textarea>" in page and "by the API" not in page
    assert anna.post(one, {**new, "sql": "SELECT upper(title) AS t, 2 AS n FROM films"}).status_code == 302
    assert "JAWS" in image(anna, f"{one}/image")
    assert "This field is required." in anna.post(one, {**new, "sql": " "}).content.decode()
    assert "SELECT upper(title)" in new_team_member("viewer").get(one).content.decode()
    assert anna.post(one, {**NEW, "aggregate": "count", "filter": "{}"}).status_code == 302
    (chart,) = list_charts(anna.principal, films.id)
    assert (chart.definition["table"], chart.definition["sql"]) == ("films", None)


def test_a_collection_of_another_process_is_shown_at_once(anna: Browser, films: engine.Database) -> None:
    """A page that reads the cached entry of its process would lack it for CACHE_SECONDS."""
    pages = [f"db/{films.id}", f"db/{films.id}/charts"]
    assert all("films" in text_of(anna.get(page)) for page in pages)
    Collection.objects.filter(database__public_id=films.id).update(name="movies")
    for page in pages:
        text = text_of(anna.get(page))
        assert "movies" in text and "films" not in text


def test_forms_with_errors_change_nothing(anna: Browser, films: engine.Database, settings: Any) -> None:
    base = f"db/{films.id}/charts"
    for change, text in (
        ({"title": ""}, "This field is required."),
        ({"chart_type": "x"}, "Select a valid choice."),
        ({"table": "lost"}, "Select a valid choice."),
        ({"filter": "[]"}, "Must be a JSON object."),
        ({"filter": "{"}, "filter"),
    ):
        answer = anna.post(base, {**NEW, **change})
        assert (answer.status_code, text in answer.content.decode()) == (400, True), change
    settings.MAX_CHARTS = 0
    assert "MAX_CHARTS" in anna.post(base, NEW).content.decode()
    assert list_charts(anna.principal, films.id) == []


def test_dashboards(anna: Browser, films: engine.Database) -> None:
    base = f"db/{films.id}"
    for title in ("One", "Two"):
        anna.post(f"{base}/charts", {**NEW, "title": title})
    first, second = list_charts(anna.principal, films.id)
    assert anna.post(f"{base}/dashboards", {"title": ""}).status_code == 400
    assert anna.post(f"{base}/dashboards", {"title": "Both", "charts": [first.id, second.id]}).status_code == 302
    (board,) = list_dashboards(anna.principal, films.id)
    one = f"{base}/dashboards/{board.id}"
    page = anna.get(one).content.decode()
    assert page.index(f"{first.id}/image") < page.index(f"{second.id}/image")
    assert "Both" in text_of(anna.get(f"{base}/charts"))
    assert anna.post(one, {"title": "Second", "charts": second.id}).status_code == 302
    assert anna.post(one, {"title": "x", "charts": "lost"}).status_code == 400
    (board,) = list_dashboards(anna.principal, films.id)
    assert (board.title, board.charts) == ("Second", (second.id,))
    assert anna.post(f"{one}/delete").status_code == 302
    assert list_dashboards(anna.principal, films.id) == []
    assert len(list_charts(anna.principal, films.id)) == 2


def test_viewers_see_charts_and_change_none(
    anna: Browser, films: engine.Database, new_team_member: Callable[[str], Browser]
) -> None:
    base = f"db/{films.id}/charts"
    anna.post(base, NEW)
    (chart,) = list_charts(anna.principal, films.id)
    viewer = new_team_member("viewer")
    page = viewer.get(f"{base}/{chart.id}").content.decode()
    assert f"{chart.id}/image" in page and "Save" not in page
    assert "Films by title" in image(viewer, f"{base}/{chart.id}/image")
    for path in (base, f"{base}/{chart.id}", f"{base}/{chart.id}/delete", f"db/{films.id}/dashboards"):
        assert viewer.post(path, {**NEW, "title": "intruder"}).status_code == 403
    assert list_charts(anna.principal, films.id) == [chart]
