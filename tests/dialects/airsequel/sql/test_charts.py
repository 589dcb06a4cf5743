"""Drawn charts over HTTP: of queries, aggregations and SQL, and who may see them."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.dialects.airsequel.support import SAMPLES, Airsequel, failed, result_of
from tests.support import NO_CREDENTIALS

CHART = {"chartType": "BarChart", "headers": ["month", "sales"], "table": "orders", "title": "Sales"}
ORDERS = [
    {"month": "Jan", "sales": 3, "paid": "2024-01-02", "place": {"x": 5, "y": 52}},
    {"month": "Feb", "sales": 5, "paid": "2024-01-03"},
    {"month": "Jan", "sales": 4},
    {"month": "Mar", "sales": None},
]
SCRIPT = "CREATE TABLE orders (id INTEGER PRIMARY KEY, month TEXT, sales INT, paid TEXT_DATE, place TEXT_JSON)"
# Members of a chart, and its rows: pairs of x and y.
DRAWN: list[tuple[dict[str, Any], list[list[Any]]]] = [
    ({}, [["Jan", 3], ["Feb", 5], ["Jan", 4], ["Mar", None]]),
    ({"hideNullValues": True, "filter": {"month": {"$ne": "Feb"}}}, [["Jan", 3], ["Jan", 4]]),
    ({"aggregate": "sum"}, [["Feb", 5], ["Jan", 7], ["Mar", 0]]),
    ({"aggregate": "count", "filter": {"sales": {"$gt": 3}}}, [["Feb", 1], ["Jan", 1]]),
    ({"headers": ["month"]}, [["Feb", 1], ["Jan", 2], ["Mar", 1]]),
    ({"headers": ["id", "sales"], "chartType": "LineChart"}, [[1, 3], [2, 5], [3, 4], [4, None]]),
    ({"headers": ["paid", "sales"], "filter": {"paid": {"$ne": None}}}, [["2024-01-02", 3], ["2024-01-03", 5]]),
    ({"headers": ["place.x", "place.y"], "filter": {"place.x": 5}}, [[5, 52]]),
    (
        {
            "pipeline": [{"$group": {"_id": "$month", "top": {"$max": "$sales"}}}, {"$sort": {"_id": 1}}],
            "headers": ["_id", "top"],
        },
        [["Feb", 5], ["Jan", 4], ["Mar", None]],
    ),
    (
        {
            "pipeline": [{"$group": {"_id": "$month", "top": {"$max": "$sales"}}}, {"$sort": {"_id": -1}}],
            "headers": [],
        },
        [["Mar", None], ["Jan", 4], ["Feb", 5]],
    ),
    (
        {
            "sql": "SELECT month, sum(sales) AS n FROM orders GROUP BY month HAVING n > 0 ORDER BY n",
            "table": None,
            "headers": [],
        },
        [["Feb", 5], ["Jan", 7]],
    ),
]
# What cannot be drawn.
BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"headers": []}, "headers: Name the column of the x axis, then those of the values."),
    (
        {"headers": ["month"], "aggregate": "avg"},
        "headers: Name a column of values besides that of the x axis, or an aggregate.",
    ),
    ({"filter": {"$where": "1"}}, "filter.$where: The operator $where is not allowed here."),
    ({"pipeline": [{"$out": "x"}]}, "pipeline.0.$out: The stage $out is not allowed."),
    ({"sql": "SELECT * FROM lost", "table": None}, "sql: no such table: lost"),
    ({"sql": "DELETE FROM orders", "table": None}, "sql: Only SELECT is allowed here."),
]


@pytest.fixture(scope="module")
def db_id(airsequel: Airsequel) -> str:
    """Return the id of a database with four orders."""
    db_id = airsequel.new_database(SCRIPT)
    body = {"database_id": airsequel.catalog_id(db_id), "collection_name": "orders", "data": ORDERS}
    answer = airsequel.tenant.ask("POST /api/crud", json=body)
    assert answer.status_code == 201, answer.text
    return db_id


def new_chart(airsequel: Airsequel, db_id: str, **members: Any) -> str:
    """Store a chart and return the address of its drawing, without what follows the dot."""
    chart = airsequel.get(f"POST /api/dbs/{db_id}/charts", json={**CHART, **members})
    return f"/api/dbs/{db_id}/charts/{chart['ulid']}"


def test_charts_are_drawn_of_queries_aggregations_and_sql(airsequel: Airsequel, db_id: str) -> None:
    for members, expected in DRAWN:
        chart = new_chart(airsequel, db_id, **members)
        values = airsequel.get(f"GET {chart}.json")["data"]["values"]
        assert [[item["x"], item["y"]] for item in values] == expected, members
        image = airsequel.ask(f"GET {chart}.svg")
        assert (image.status_code, image.headers["Content-Type"]) == (200, "image/svg+xml"), image.text
        assert "sandbox" in image.headers["Content-Security-Policy"]
        assert ET.fromstring(image.content).get("aria-label") == "Sales"
        airsequel.get(f"DELETE {chart}")


def test_own_members_are_stored_changed_and_cleared(airsequel: Airsequel, db_id: str) -> None:
    base = f"/api/dbs/{db_id}/charts"
    chart = airsequel.get(f"POST {base}", json={**CHART, "aggregate": "sum", "filter": {"sales": {"$gt": 3}}})
    assert chart == {
        **CHART,
        "aggregate": "sum",
        "filter": {"sales": {"$gt": 3}},
        "hideNullValues": False,
        "labelRotation": 0,
        "ulid": chart["ulid"],
    }
    one = f"{base}/{chart['ulid']}"
    refused = airsequel.ask(f"PATCH {one}", json={"sql": "SELECT 1"})
    assert result_of(refused) == failed(400, "sql: Does not go with table and filter and aggregate.")
    assert airsequel.get(f"PATCH {one}", json={"aggregate": None, "filter": None}) == {}
    (stored,) = airsequel.get(f"GET {base}")["charts"]
    assert stored == {**CHART, "hideNullValues": False, "labelRotation": 0, "ulid": chart["ulid"]}
    assert "#e5e8ee" in airsequel.ask(f"GET {one}.svg?theme=dark").text
    assert result_of(airsequel.ask(f"GET {one}.svg?theme=x")) == failed(400, "theme: Must be light or dark.")
    airsequel.get(f"DELETE {one}")


def test_what_cannot_be_drawn_says_why(airsequel: Airsequel, db_id: str) -> None:
    for members, message in BROKEN:
        chart = new_chart(airsequel, db_id, **members)
        for kind in ("svg", "json"):
            assert result_of(airsequel.ask(f"GET {chart}.{kind}")) == failed(400, message)
        airsequel.get(f"DELETE {chart}")
    published = airsequel.get(
        f"POST /api/dbs/{db_id}/charts",
        json={**SAMPLES["POST /api/dbs/:dbId/charts"]["request"], "table": "orders", "chartType": "Sunburst"},
    )
    status, body = result_of(airsequel.ask(f"GET /api/dbs/{db_id}/charts/{published['ulid']}.svg"))
    assert (status, "chartType: Charts of the type 'Sunburst'" in body["errors"][0]["message"]) == (400, True)


def test_who_may_see_a_drawing(airsequel: Airsequel, db_id: str) -> None:
    plain = new_chart(airsequel, db_id)
    of_sql = new_chart(airsequel, db_id, sql="SELECT month, sales FROM orders", table=None)
    profile = airsequel.get(f"GET /api/dbs/{db_id}")
    reader = airsequel.tenant.new_key(actions=["read"])
    others = airsequel.tenant.new_key(actions=["insert", "write", "delete", "design", "own"])
    for chart in (plain, of_sql):
        for kind in ("svg", "json"):
            assert airsequel.ask(f"GET {chart}.{kind}", auth=reader).status_code == 200
            assert airsequel.ask(f"GET {chart}.{kind}", auth=others).status_code == 403
            assert result_of(airsequel.ask(f"GET {chart}.{kind}", auth="")) == failed(401, NO_CREDENTIALS)
            linked = f"GET /readonly/{profile['readonlyId']}/charts/{chart.rpartition('/')[2]}.{kind}"
            assert airsequel.ask(linked, auth="").content == airsequel.ask(f"GET {chart}.{kind}").content
    another = airsequel.new_database("CREATE TABLE orders (month TEXT)")
    foreign = airsequel.ask(f"GET /api/dbs/{another}/charts/{plain.rpartition('/')[2]}.svg")
    assert result_of(foreign) == failed(404, "Chart not found.")
    lost = airsequel.ask(f"GET /readonly/lost/charts/{plain.rpartition('/')[2]}.svg", auth="")
    assert lost.status_code == 404
    airsequel.get(f"PATCH /api/dbs/{db_id}/settings", json={"visibility": "public"})
    try:
        assert [airsequel.ask(f"GET {chart}.svg", auth="").status_code for chart in (plain, of_sql)] == [200, 200]
    finally:
        airsequel.get(f"PATCH /api/dbs/{db_id}/settings", json={"visibility": "private"})
