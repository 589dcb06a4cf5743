"""Records of charts and dashboards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.airsequel.support import SAMPLES, Airsequel, failed, result_of

CHART = SAMPLES["POST /api/dbs/:dbId/charts"]["request"]
UNKNOWN = "01gdbtepbmpt3jk8y94yc05snr"


@pytest.fixture(scope="module")
def base(airsequel: Airsequel) -> str:
    """The address of a database with a chart of the table `users`."""
    base = f"/api/dbs/{airsequel.new_database('CREATE TABLE users (name TEXT); CREATE TABLE other (x TEXT)')}"
    airsequel.get(f"POST {base}/charts", json=CHART)
    return base


def test_charts_and_dashboards(airsequel: Airsequel, base: str) -> None:
    added = airsequel.get(f"POST {base}/charts", json={**CHART, "table": "other"})
    assert added == {**CHART, "table": "other", "ulid": added["ulid"]}
    assert set(added) == set(SAMPLES["POST /api/dbs/:dbId/charts"]["response"])
    published = SAMPLES["PATCH /api/dbs/:dbId/charts/:chartId"]["request"]
    assert airsequel.get(f"PATCH {base}/charts/{added['ulid']}", json={**published, "table": "other"}) == {}
    assert airsequel.get(f"PATCH {base}/charts/{added['ulid']}", json={"title": "Changed"}) == {}
    first, second = airsequel.get(f"GET {base}/charts")["charts"]
    assert second == {**added, "title": "Changed"}
    body = {**SAMPLES["POST /api/dbs/:dbId/dashboards"]["request"], "charts": [second["ulid"], first["ulid"]]}
    dashboard = airsequel.get(f"POST {base}/dashboards", json=body)
    assert dashboard == {**body, "ulid": dashboard["ulid"]}
    assert airsequel.get(f"PATCH {base}/dashboards/{dashboard['ulid']}", json={"title": "Changed"}) == {}
    assert airsequel.get(f"PATCH {base}/tables/other", json={"name": "another"}) == {}
    assert airsequel.get(f"GET {base}/charts")["charts"][1]["table"] == "another"
    assert airsequel.get(f"DELETE {base}/tables/another") == {}
    assert airsequel.get(f"GET {base}/charts") == {"charts": [first]}
    expected = {"charts": [first["ulid"]], "title": "Changed", "ulid": dashboard["ulid"]}
    assert airsequel.get(f"GET {base}/dashboards") == {"dashboards": [expected]}
    assert airsequel.get(f"DELETE {base}/dashboards/{dashboard['ulid']}") == {}
    assert airsequel.get(f"GET {base}/dashboards") == {"dashboards": []}
    third = airsequel.get(f"POST {base}/charts", json=CHART)
    assert airsequel.get(f"DELETE {base}/charts/{third['ulid']}") == {}


@pytest.mark.parametrize(
    ("route", "body", "status", "messages"),
    [
        (
            "POST charts",
            {},
            400,
            [
                "chartType: chartType is required",
                "title: title is required",
                "table: Name a table, or write a SELECT in sql.",
            ],
        ),
        (
            "POST charts",
            {**CHART, "filter": [], "aggregate": "median", "pipeline": [1], "sql": 1},
            400,
            [
                "filter: Must be a filter, which is an object.",
                "aggregate: Must be avg, count, max, min or sum.",
                "pipeline: Must be an array of stages, which are objects.",
                "sql: Must be an SQL statement of at most 100000 characters.",
                "pipeline: Does not go with aggregate.",
                "sql: Does not go with table and aggregate and pipeline.",
            ],
        ),
        ("POST charts", {**CHART, "filter": {"a": "\0"}}, 400, ["The chart must not contain NUL."]),
        (
            "POST charts",
            {**CHART, "filter": {"a": "x" * 70_000}},
            413,
            ["A chart has at most 65536 bytes (MAX_CHART_BYTES)."],
        ),
        (f"GET charts/{UNKNOWN}.svg", None, 404, ["Chart not found."]),
        (f"GET charts/{UNKNOWN}.json", None, 404, ["Chart not found."]),
        ("POST charts", {**CHART, "table": "lost"}, 400, ["table: The database has no table 'lost'."]),
        (
            "POST charts",
            {**CHART, "labelRotation": 1.5, "headers": "x", "chartType": "<svg>"},
            400,
            [
                "chartType: Must be the name of a kind of chart, such as BarChart.",
                "headers: Must be an array of at most 100 names.",
                "labelRotation: Must be a whole number of degrees.",
            ],
        ),
        (f"PATCH charts/{UNKNOWN}", {"title": "x"}, 404, ["Chart not found."]),
        (f"DELETE charts/{UNKNOWN}", None, 404, ["Chart not found."]),
        ("POST dashboards", {"title": "x", "charts": ["y"]}, 400, ["charts.0: The database has no chart 'y'."]),
        (f"PATCH dashboards/{UNKNOWN}", {"title": "x"}, 404, ["Dashboard not found."]),
        (f"DELETE dashboards/{UNKNOWN}", None, 404, ["Dashboard not found."]),
    ],
)
@pytest.mark.usefixtures("nothing_changes")
def test_refused_records(
    airsequel: Airsequel, base: str, route: str, body: Any, status: int, messages: list[str]
) -> None:
    verb, path = route.split(" ")
    assert result_of(airsequel.ask(f"{verb} {base}/{path}", json=body)) == failed(status, *messages)
