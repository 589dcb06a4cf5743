"""Requests above a limit of their key are refused on every surface, in its own shape, with the limit in headers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support import Tenant

ROUTES: dict[str, Callable[[Tenant], str]] = {
    "data": lambda it: f"GET /api/crud?database_id={it.database}&collection_name=films",
    "data v2": lambda it: f"GET /api/v2/crud?database_id={it.database}&collection_name=films",
    "management": lambda it: "GET /api/list_databases",
    "restdb": lambda it: f"GET /db/{it.database}/rest/films",
    "communibase": lambda it: f"GET /communibase/{it.database}/0.1/films.json/crud",
    "airsequel": lambda it: "GET /api/dbs",
}
MESSAGE = re.compile(
    r"Limit `key-day` reached: this key may send 3 requests a day, and 3 are used\. It ends at "
    r"\d{4}-\d\d-\d\dT00:00:00Z\."
)


def refused_answer(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, int]:
    """Return the first 429, and how many requests were allowed before."""
    for count in range(20):
        answer = ask()
        if answer.status_code == 429:
            return answer, count
    raise AssertionError("never refused")


def texts(value: Any) -> list[str]:
    """Return all texts in a JSON value."""
    if isinstance(value, dict):
        value = [*value.values()]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else [str(value)]


@pytest.mark.parametrize("surface", ROUTES)
def test_each_surface_refuses_in_its_own_shape(anna: Tenant, surface: str) -> None:
    auth = anna.new_key(daily_quota=3)
    route = ROUTES[surface](anna)
    first = anna.ask(route, auth=auth)
    assert first.status_code < 500
    assert first.headers["RateLimit-Policy"] == '"key-day";q=3;w=86400'
    assert re.fullmatch(r'"key-day";r=2;t=\d+', first.headers["RateLimit"])
    answer, count = refused_answer(lambda: anna.ask(route, auth=auth))
    assert count == 2
    assert any(MESSAGE.fullmatch(text) for text in texts(answer.json())), answer.text
    assert re.fullmatch(r'"key-day";r=0;t=\d+', answer.headers["RateLimit"])
    assert 0 < int(answer.headers["Retry-After"]) <= 86_400


def test_a_key_without_limits_has_no_headers(anna: Tenant) -> None:
    answer = anna.ask(ROUTES["data"](anna), auth=anna.api_key)
    assert answer.status_code == 200
    assert not {"ratelimit", "ratelimit-policy"} & {*answer.headers}


def test_keys_are_managed_and_usage_is_shown_above_the_limit(anna: Tenant) -> None:
    auth = anna.new_key(daily_quota=1, actions=["read", "own"])
    refused_answer(lambda: anna.ask("GET /api/list_databases", auth=auth))
    assert anna.ask("GET /api/keys", auth=auth).status_code == 200
    usage = anna.ask("GET /api/usage", auth=auth)
    assert usage.status_code == 200


def test_both_limits_of_a_key_are_reported(anna: Tenant) -> None:
    answer = anna.ask("GET /api/list_databases", auth=anna.new_key(daily_quota=30, rate=20))
    assert answer.headers["RateLimit-Policy"] == '"key-minute";q=20;w=60, "key-day";q=30;w=86400'
    assert re.fullmatch(r'"key-minute";r=19;t=\d+, "key-day";r=29;t=\d+', answer.headers["RateLimit"])


def test_a_stream_counts_as_a_request(anna: Tenant) -> None:
    auth = anna.new_key(daily_quota=1)
    route = f"GET /api/events?database_id={anna.database}"

    def status() -> int:
        headers = {"Authorization": auth, "Accept": "text/event-stream"}
        with anna.client.stream("GET", route.removeprefix("GET "), headers=headers) as answer:
            return answer.status_code

    assert [status(), status()] == [200, 429]


def test_a_key_is_refused_from_other_addresses(anna: Tenant) -> None:
    elsewhere = anna.new_key(addresses=["203.0.113.0/24"])
    for route in ROUTES.values():
        answer = anna.ask(route(anna), auth=elsewhere)
        assert answer.status_code == 403, (route(anna), answer.text)
        assert "may not be used from 127.0.0.1" in answer.text
    headers = {"Authorization": elsewhere, "Accept": "text/event-stream"}
    assert anna.client.get(f"/api/events?database_id={anna.database}", headers=headers).status_code == 403
    large = {"database_id": anna.database, "collection_name": "films", "data": [{"Title": "x" * 100_000}]}
    assert anna.ask("POST /api/crud", auth=elsewhere, json=large).status_code in (403, 413)
    here = anna.new_key(addresses=["127.0.0.0/8"])
    assert anna.ask(ROUTES["data"](anna), auth=here).status_code == 200
    assert anna.ask("POST /api/crud", auth=here, json=large).status_code == 201
    with anna.client.stream(
        "GET",
        f"/api/events?database_id={anna.database}",
        headers={"Authorization": here, "Accept": "text/event-stream"},
    ) as answer:
        assert answer.status_code == 200


def test_no_request_fails_while_a_key_is_rotated(anna: Tenant) -> None:
    """Programs change to the new text one after the other, in the overlap, in all processes of the service."""
    body = {"name": "busy"}
    created = anna.ask("POST /api/keys", json=body).json()
    old, path, statuses = f"Api-Key {created['key']}", f"/api/keys/{created['id']}", []

    def use(*headers: str) -> None:
        for header in headers:
            with httpx.Client(base_url=anna.client.base_url, trust_env=False, timeout=30) as fresh:
                url = ROUTES["data"](anna).removeprefix("GET ")
                statuses.append(fresh.get(url, headers={"Authorization": header}).status_code)

    use(old, old, old, old)
    rotated = anna.ask(f"POST {path}/rotate", json={"overlap_seconds": 600}).json()
    assert rotated["id"] == created["id"] and rotated["prefix"] == created["prefix"]
    new = f"Api-Key {rotated['key']}"
    for _ in range(30):
        use(old, new)
    assert statuses == [200] * 64
    assert anna.ask(f"POST {path}/rotate", json={}).status_code == 409


def test_a_revoked_key_is_refused_in_every_process_after_two_seconds(anna: Tenant) -> None:
    created = anna.ask("POST /api/keys", json={"name": "gone"}).json()
    url = ROUTES["data"](anna).removeprefix("GET ")
    clients = [httpx.Client(base_url=anna.client.base_url, trust_env=False, timeout=30) for _ in range(12)]

    def statuses() -> set[int]:
        headers = {"Authorization": f"Api-Key {created['key']}"}
        return {client.get(url, headers=headers).status_code for client in clients}

    assert statuses() == {200}, "each process has the key in its cache"
    assert anna.ask(f"DELETE /api/keys/{created['id']}").status_code == 200
    time.sleep(2.0)  # what is promised: requests that begin later are refused
    assert statuses() == {401}
    for client in clients:
        client.close()
