"""Links that change something: duplicates, and new ids."""

from __future__ import annotations

import httpx
import pytest

from tests.dialects.airsequel.support import Airsequel, failed, result_of
from tests.support import NO_CREDENTIALS, make_tenant

MISSING = failed(404, "Not found or access denied")


@pytest.fixture(scope="module")
def db_id(airsequel: Airsequel) -> str:
    """A database whose table has one row."""
    db_id = airsequel.new_database("CREATE TABLE users (name TEXT NOT NULL)")
    body = {"database_id": airsequel.catalog_id(db_id), "collection_name": "users", "data": [{"name": "Ann"}]}
    assert airsequel.tenant.ask("POST /api/crud", json=body).status_code == 201
    return db_id


@pytest.mark.parametrize("link", ["duplicate", "regenerate-db-id", "regenerate-readonly-id"])
def test_a_page_asks_and_changes_nothing(airsequel: Airsequel, db_id: str, link: str) -> None:
    before = airsequel.unsized()
    known, unknown = (airsequel.ask(f"GET /dbs/{one}/{link}") for one in (db_id, "unknown"))
    assert (known.status_code, known.text) == (200, unknown.text)
    assert "<form" in known.text
    assert result_of(airsequel.ask(f"POST /dbs/{db_id}/{link}", auth="")) == failed(401, NO_CREDENTIALS)
    assert result_of(airsequel.ask(f"POST /dbs/unknown/{link}")) == MISSING
    assert airsequel.unsized() == before


def test_duplicates(web: httpx.Client, airsequel: Airsequel, db_id: str) -> None:
    source = airsequel.get(f"GET /api/dbs/{db_id}")
    chart = {"chartType": "BarChart", "table": "users", "title": "People", "headers": ["name"]}
    ulid = airsequel.get(f"POST /api/dbs/{db_id}/charts", json=chart)["ulid"]
    airsequel.get(f"POST /api/dbs/{db_id}/dashboards", json={"title": "All", "charts": [ulid]})
    airsequel.get(f"POST /api/dbs/{db_id}/apps", json={"name": "Page", "html": "<p>"})
    airsequel.get(f"POST /api/dbs/{db_id}/env", json={"name": "SECRET", "value": "x"})
    own = airsequel.get(f"POST /dbs/{db_id}/duplicate")["id"]
    stranger = Airsequel(make_tenant(web))
    assert result_of(stranger.ask(f"POST /dbs/{db_id}/duplicate")) == MISSING
    linked = stranger.get(f"POST /readonly/{source['readonlyId']}/duplicate")["id"]
    for client, copy in ((airsequel, own), (stranger, linked)):
        described = client.get(f"GET /api/dbs/{copy}")
        assert (described["name"], described["visibility"]) == (source["name"], "private")
        assert described["readonlyId"] != source["readonlyId"]
        table = client.get(f"GET /api/dbs/{copy}/tables/users")
        assert [(item["name"], item["isNonNull"], item["items"]) for item in table["columns"]] == [
            ("name", True, ["Ann"])
        ]
        (copied,) = client.get(f"GET /api/dbs/{copy}/charts")["charts"]
        assert (copied["title"], copied["ulid"] != ulid) == ("People", True)
        (dashboard,) = client.get(f"GET /api/dbs/{copy}/dashboards")["dashboards"]
        assert (dashboard["title"], dashboard["charts"]) == ("All", [copied["ulid"]])
        assert [app["name"] for app in client.get(f"GET /api/dbs/{copy}/apps")["apps"]] == ["Page"]
        variables = client.get(f"GET /api/dbs/{copy}/env")["envVars"]
        assert [item["name"] for item in variables] == (["SECRET"] if client is airsequel else [])
    assert result_of(stranger.ask(f"GET /api/dbs/{db_id}")) == MISSING
    assert result_of(stranger.ask("POST /readonly/unknown/duplicate")) == MISSING
    unauthenticated = airsequel.ask(f"POST /readonly/{source['readonlyId']}/duplicate", auth="")
    assert result_of(unauthenticated) == failed(401, NO_CREDENTIALS)


def test_new_ids_replace_the_previous_at_once(airsequel: Airsequel) -> None:
    db_id = airsequel.new_database("CREATE TABLE users (name TEXT)")
    assert airsequel.get(f"GET /api/dbs/{db_id}")["id"] == db_id
    readonly_id = airsequel.get(f"GET /api/dbs/{db_id}")["readonlyId"]
    changed = airsequel.get(f"POST /dbs/{db_id}/regenerate-readonly-id")["readonlyId"]
    path = "tables/users/columns/name/files/rowid/1"
    assert result_of(airsequel.ask(f"GET /readonly/{readonly_id}/{path}", auth="")) == MISSING
    assert airsequel.ask(f"GET /readonly/{changed}/{path}", auth="").status_code == 400
    new_id = airsequel.get(f"POST /dbs/{db_id}/regenerate-db-id")["id"]
    for _ in range(8):
        assert result_of(airsequel.ask(f"GET /api/dbs/{db_id}")) == MISSING
        assert airsequel.get(f"GET /api/dbs/{new_id}")["readonlyId"] == changed
    reader = airsequel.tenant.new_key(actions=["read"])
    for link in ("regenerate-db-id", "regenerate-readonly-id", "duplicate"):
        assert airsequel.ask(f"POST /dbs/{new_id}/{link}", auth=reader).status_code == 403
    assert airsequel.get(f"GET /api/dbs/{new_id}")["readonlyId"] == changed
