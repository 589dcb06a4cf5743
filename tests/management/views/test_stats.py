"""The views that count: only what the caller may see, with credentials alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import MISSING_ID, NOT_FOUND, Tenant, make_database, make_tenant, status_and_body

DASHBOARD = "GET /core/api/v1/dashboard/stats"


def stats(tenant: Tenant, auth: str | None = None) -> tuple[int, int, int]:
    answer = tenant.ask("GET /api/stats", auth=auth)
    assert answer.status_code == 200, answer.text
    return tuple(answer.json()[name] for name in ("databases", "collections", "documents"))  # type: ignore[return-value]


@pytest.fixture
def tenant(web: Any) -> Tenant:
    """Return a tenant whose counts no other test changes."""
    return make_tenant(web)


def test_counts_are_those_of_the_team(tenant: Tenant) -> None:
    assert stats(tenant) == (1, 1, 0)
    tenant.insert("films", [{}, {}])
    other, _ = make_database(tenant.client, tenant.bearer)
    assert stats(tenant) == (2, 2, 2)
    assert stats(tenant, tenant.new_key(actions=["read"], databases=[other])) == (1, 1, 0)


def test_the_dashboards_first_page(tenant: Tenant) -> None:
    content = tenant.ask(DASHBOARD).json()
    assert content["databases"] == [{"id": tenant.database, "name": tenant.name}]
    assert content["usage"]["api_calls_current_month"] >= 0
    assert content["usage"]["last_reset_date"][8:10] == "01"


def test_the_page_of_a_database(tenant: Tenant) -> None:
    tenant.insert("films", [{}])
    tenant.add({"name": "people", "fields": [{"name": "name"}]})
    content = tenant.ask(f"GET /core/api/v1/database/{tenant.database}").json()
    assert content["database"]["_id"] == tenant.database
    assert [(item["name"], item["num_documents"], item["field_count"]) for item in content["collections"]] == [
        ("films", 1, 2),
        ("people", 0, 1),
    ]
    assert content["stats"] == {"collection_count": 2, "total_fields": 3}


@pytest.mark.parametrize("database", [MISSING_ID, "x"])
def test_a_database_that_is_not_the_callers_is_missing(tenant: Tenant, anna: Tenant, database: str) -> None:
    missing = tenant.ask(f"GET /core/api/v1/database/{database}")
    assert status_and_body(missing) == (404, {"error": NOT_FOUND})
    foreign = tenant.ask(f"GET /core/api/v1/database/{anna.database}")
    assert status_and_body(foreign) == status_and_body(missing)


@pytest.mark.parametrize("route", ["GET /api/stats", DASHBOARD, f"GET /core/api/v1/database/{MISSING_ID}"])
def test_credentials_are_needed(tenant: Tenant, route: str) -> None:
    assert tenant.ask(route, auth="").status_code == 401
