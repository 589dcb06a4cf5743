"""`/metrics` of the running service: who may read it, and sums over its processes."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from django.test import RequestFactory

from datacube.local.test_service import METRICS_TOKEN
from datacube.metrics.view import metrics
from tests.support import Tenant, until

HEADERS = {"Authorization": f"Bearer {METRICS_TOKEN}"}


def scrape(service_url: str) -> dict[str, float]:
    """Return {metric with labels: value} by a connection of its own, which any process may accept."""
    answer = httpx.get(f"{service_url}/metrics", headers=HEADERS, trust_env=False, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        name: float(value)
        for name, value in re.findall(r"^([a-z]\S*?(?:\{.*?\})?) (\S+)$", answer.text, re.MULTILINE)
    }


def complete(figures: dict[str, float]) -> dict[str, float] | None:
    """Return the figures if both processes have taken theirs, and no part was too busy to answer; else None."""
    parts = [value for name, value in figures.items() if name.startswith("datacube_up{")]
    return figures if all(parts) and figures.get("datacube_web_processes", 0) >= 2 else None


def test_requests_of_all_processes_add_up(anna: Tenant, service_url: str) -> None:
    name = 'datacube_request_seconds_count{method="PUT",route="/api/list_databases",status="401"}'
    before = scrape(service_url).get(name, 0)
    for _ in range(12):
        answer = httpx.put(f"{service_url}/api/list_databases", trust_env=False, timeout=60)
        assert answer.status_code == 401
    for _ in range(6):
        assert scrape(service_url)[name] >= before + 12


def test_refusals_are_counted_by_reason(anna: Tenant, service_url: str) -> None:
    name = 'datacube_refusals_total{reason="unauthenticated"}'
    before = scrape(service_url).get(name, 0)
    assert anna.ask("GET /api/crud", auth="Api-Key wrong").status_code == 401
    assert anna.ask("GET /api/keys", auth="Bearer wrong").status_code == 401
    assert scrape(service_url)[name] >= before + 2


def test_every_documented_figure_is_there(anna: Tenant, service_url: str) -> None:
    anna.find("films")
    figures = until(lambda: complete(scrape(service_url)))
    assert figures['datacube_requests_max{pool="threads"}'] == 32  # REQUEST_THREADS of each of two processes
    assert figures["datacube_web_processes"] == 2
    assert figures["datacube_web_memory_bytes"] > 50e6
    assert figures['datacube_mongodb_connections{state="open"}'] >= 1
    assert figures["datacube_jobs_oldest_seconds"] >= 0
    assert figures['datacube_documents_disk_free_bytes{cluster="main"}'] > 0
    assert {f'datacube_up{{part="{part}"}}' for part in ("platform", "queue", "disk", "documents")} <= set(figures)
    assert all(figures[f'datacube_queue_depth{{queue="{name}"}}'] >= 0 for name in ("celery", "webhooks"))
    assert figures['datacube_disk_free_bytes{disk="home"}'] > 0


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", f"Basic {METRICS_TOKEN}", "Bearer ü"])
def test_another_token_is_refused(service_url: str, authorization: str) -> None:
    headers = {"Authorization": authorization.encode()} if authorization else {}
    answer = httpx.get(f"{service_url}/metrics", headers=headers, trust_env=False, timeout=60)
    assert answer.status_code == 401
    assert "datacube_" not in answer.text


def test_without_a_token_there_is_no_such_route(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert metrics(RequestFactory().get("/metrics")).status_code == 404
    assert metrics(RequestFactory().get("/metrics", headers={"Authorization": "Bearer "})).status_code == 404
