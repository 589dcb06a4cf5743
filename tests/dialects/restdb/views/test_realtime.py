"""Publishing of messages, and how a subscription counts for the limits of its key."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.dialects.restdb.support import Rest, failed, result_of
from tests.dialects.restdb.test_browser_keys import APP, browser_key
from tests.support import NO_CREDENTIALS, NOT_FOUND, Tenant, make_key

NO_EVENT = "Must be the name of the message, a text."


def ask(rest: Rest, verb: str, *, key: str | None = None, **request: Any) -> httpx.Response:
    headers = {"x-apikey": rest.tenant.key if key is None else key} | request.pop("headers", {})
    path = f"/db/{rest.tenant.database}/realtime"
    return rest.tenant.client.request(verb, path, headers=headers, **request)


@pytest.mark.parametrize(
    "body",
    [{"event": "chat", "data": {"a": [1, None]}}, {"event": "chat"}, {"event": "chat", "data": None}],
)
def test_a_message_is_published(rest: Rest, body: dict[str, Any]) -> None:
    assert result_of(ask(rest, "POST", json=body)) == (200, {"message": "OK"})


@pytest.mark.parametrize(
    "body", [{}, {"data": 1}, {"event": ""}, {"event": 7}, {"event": None}, {"event": ["chat"]}]
)
def test_a_message_without_a_name_is_refused(rest: Rest, body: dict[str, Any]) -> None:
    status, answer = result_of(ask(rest, "POST", json=body))
    assert (status, answer["message"]) == (400, NO_EVENT)
    assert [item["field"] for item in answer["list"]] == ["event"]


@pytest.mark.parametrize("content", [b"", b"[]", b'"chat"', b"{"])
def test_a_body_that_is_no_object_is_refused(rest: Rest, content: bytes) -> None:
    answer = ask(rest, "POST", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["name"]) == (400, "BadRequest")


def test_who_may_publish(rest: Rest, ben: Tenant) -> None:
    body = {"event": "secret", "data": 1}
    page = browser_key(rest.tenant, origins=[APP], realtime=["chat"])
    of_page = {"headers": {"Origin": APP}}
    assert ask(rest, "POST", key="", json=body).json() == failed(401, NO_CREDENTIALS, name="Unauthorized")[1]
    assert result_of(ask(rest, "POST", key=ben.key, json=body)) == failed(404, NOT_FOUND, name="NotFound")
    refused = ask(rest, "POST", key=page, json=body, **of_page)
    assert result_of(refused) == failed(403, "This key may not publish 'secret'.", name="Forbidden")
    assert ask(rest, "POST", key=page, json={"event": "chat"}, **of_page).status_code == 200


def test_other_verbs(rest: Rest) -> None:
    for verb in ("PUT", "PATCH", "DELETE"):
        assert ask(rest, verb, json={}).status_code == 405


def status_of_subscription(rest: Rest, key: str) -> tuple[int, Any]:
    """Return the status of a subscription, and the error if it is refused."""
    path = f"/db/{rest.tenant.database}/realtime"
    with rest.tenant.client.stream("GET", path, params={"apikey": key}) as answer:
        if answer.status_code == 200:
            return 200, None
        answer.read()
        return answer.status_code, answer.json()


def test_a_subscription_counts_as_one_request(rest: Rest) -> None:
    """It counts together with the other requests of its key, and not again for the events that it receives."""
    tenant = rest.tenant
    key = make_key(tenant.client, tenant.bearer, daily_quota=3)
    assert rest.ask("GET people?max=1", key=key).status_code == 200
    answers = [status_of_subscription(rest, key) for _ in range(3)]
    assert [status for status, _ in answers] == [200, 200, 429]
    refusal = answers[2][1]
    assert (refusal["status"], refusal["list"]) == (429, [])
    text = "Limit `key-day` reached: this key may send 3 requests a day, and 3 are used. "
    assert refusal["message"].startswith(text)
    assert rest.ask("GET people?max=1", key=key).status_code == 429


def test_a_subscription_counts_for_the_rate(rest: Rest) -> None:
    """A new minute may begin between two of them."""
    key = make_key(rest.tenant.client, rest.tenant.bearer, rate=2)
    assert status_of_subscription(rest, key)[0] == 200
    answers = (status_of_subscription(rest, key) for _ in range(20))
    refusal = next(error for status, error in answers if status == 429)
    assert refusal["message"].startswith("Limit `key-minute` reached: this key may send 2 requests a minute")


def test_a_refused_subscription_costs_nothing_of_other_keys(rest: Rest) -> None:
    tenant = rest.tenant
    one, other = (make_key(tenant.client, tenant.bearer, daily_quota=1) for _ in range(2))
    assert [status_of_subscription(rest, one)[0] for _ in range(2)] == [200, 429]
    assert status_of_subscription(rest, other)[0] == 200
