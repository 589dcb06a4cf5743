"""Activity of a database: charts, and the live stream of the running service for signed-in users."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import httpx
import pytest

import engine
from features.usage import live
from tests.dashboard.conftest import Browser, text_of
from tests.support import PASSWORD, Tenant, make_tenant

ACCEPT = {"Accept": "text/event-stream"}


@pytest.mark.parametrize("chosen", ["hour", "day", "week", "month", "century"])
def test_charts_of_every_range(anna: Browser, films: engine.Database, chosen: str) -> None:
    answer = anna.get(f"db/{films.id}/activity?range={chosen}")
    assert answer.status_code == 200
    assert answer.content.decode().count("<figure") == 4
    text = text_of(answer)
    assert "0 requests, 0 errors" in text and "Response time, 95th percentile" in text


def test_the_stream_needs_the_accept_header(anna: Browser) -> None:
    assert anna.get("stream").status_code == 400


# --- against the running service ----------------------------------------------------------------------


@pytest.fixture
def tenants(service_url: str) -> Iterator[tuple[Tenant, Tenant]]:
    with httpx.Client(base_url=service_url, timeout=60, trust_env=False) as client:
        yield make_tenant(client), make_tenant(client)


def sign_in(client: httpx.Client, tenant: Tenant) -> None:
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/dashboard/login").text)[1]
    form = {"email": tenant.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/dashboard/login", data=form).status_code == 302


def receive(client: httpx.Client, tenant: Tenant, *, names: set[str]) -> dict[str, dict]:
    """Return the first message of each named event."""
    messages: dict[str, dict] = {}
    with client.stream(
        "GET", "/dashboard/stream", params={"database_id": tenant.database}, headers=ACCEPT
    ) as stream:
        assert stream.status_code == 200
        name = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
                if name == "ready":
                    tenant.insert("films", [{"Title": "live"}])
            elif line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
                # The requests that created the tenant new_browser first.
                if name != "request" or data["title"] == "POST /api/crud":
                    messages.setdefault(name, data)
            if names <= set(messages):
                return messages
    return messages


def test_the_stream_sends_events_and_requests(service_url: str, tenants: tuple[Tenant, Tenant]) -> None:
    mine, other = tenants
    with httpx.Client(base_url=service_url, timeout=60, trust_env=False) as client:
        sign_in(client, mine)
        messages = receive(client, mine, names={"ready", "change", "request"})
        assert messages["change"]["title"] == "insert in films"
        assert (messages["request"]["title"], messages["request"]["status"]) == ("POST /api/crud", 201)
        assert messages["request"]["actor"] in (mine.email, "key “a key”")
        foreign = client.get("/dashboard/stream", params={"database_id": other.database}, headers=ACCEPT)
        assert foreign.status_code == 404
    with httpx.Client(base_url=service_url, timeout=60, trust_env=False) as visitor:
        params = {"database_id": mine.database}
        assert visitor.get("/dashboard/stream", params=params, headers=ACCEPT).status_code == 401
        by_key = {**ACCEPT, "Authorization": mine.api_key}
        assert visitor.get("/dashboard/stream", params=params, headers=by_key).status_code == 401


def test_requests_of_the_last_hour_are_listed(service_url: str, tenants: tuple[Tenant, Tenant]) -> None:
    mine, _ = tenants
    earlier = live.Request(time.time() - 600, "GET", "/api/earlier", 200, 1.5, "u1")
    live.push([(mine.database, earlier)])
    with httpx.Client(base_url=service_url, timeout=60, trust_env=False) as client:
        sign_in(client, mine)
        params = {"database_id": mine.database}
        with client.stream("GET", "/dashboard/stream", params=params, headers=ACCEPT) as stream:
            assert any('"GET /api/earlier"' in line for line in stream.iter_lines())
