"""Writes of the platform in maintenance, on each surface in its own shape."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from datacube.maintenance import state
from datacube.maintenance.state import ServiceState

TEXT = "The service is in maintenance, and only reads are answered."


@pytest.fixture
def in_maintenance() -> None:
    state.apply(ServiceState(in_maintenance=True))


@pytest.mark.usefixtures("in_maintenance", "no_sql_connections")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/create_database", {"success": False, "message": TEXT, "errors": []}),
        ("DELETE", "/api/drop_database", {"success": False, "message": TEXT, "errors": []}),
        ("POST", "/api/keys", {"success": False, "message": TEXT, "errors": []}),
        ("POST", "/core/login", {"detail": TEXT}),
        ("PATCH", "/dbs/0123456789abcdef", {"errors": [{"message": TEXT}]}),
    ],
)
def test_a_write_is_refused(method: str, path: str, body: dict[str, Any]) -> None:
    answer = Client().generic(method, path, "{}", "application/json")
    assert (answer.status_code, json.loads(answer.content)) == (503, body)
    assert answer.headers["Retry-After"] == "30"


@pytest.mark.usefixtures("in_maintenance", "no_sql_connections")
@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/api/list_databases", 401), ("/api/keys", 401)])
def test_reads_go_on(path: str, status: int) -> None:
    assert Client().get(path).status_code == status


@pytest.mark.usefixtures("no_sql_connections")
def test_without_maintenance_a_write_reaches_its_view() -> None:
    assert Client().post("/api/create_database", "{}", "application/json").status_code == 401
