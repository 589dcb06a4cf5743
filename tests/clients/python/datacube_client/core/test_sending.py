"""Repetitions of requests: after which outcomes, how often, with what delay."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from datacube_client import AuthenticationError, NoResponseError, RateLimitError, ResponseError, UnavailableError
from datacube_client.core.effects import Close, Renew, Request, Send, Sleep
from datacube_client.core.sending import Credentials, Retries, Session, renew, send

RETRIES = Retries(attempts=3, delay=1.0, max_delay=10.0)
SAFE = Request("GET /api/crud", "/api/crud", {}, repeatable=True)
KEYED = Request("POST /api/crud", "/api/crud", {"Idempotency-Key": "k"}, repeatable=True)
UNSAFE = Request("POST /api/sql", "/api/sql", {})
OK = httpx.Response(200, json={"success": True})
BUSY = httpx.Response(503, json={"message": "busy"})
IN_PROGRESS = httpx.Response(409, json={"message": "in progress"}, headers={"Retry-After": "1"})
LOST = httpx.ReadError("lost")
NOT_SENT = httpx.ConnectError("refused")


def play(request: Request, *outcomes: Any, credentials: Credentials | None = None) -> tuple[Any, list[Any]]:
    """Return the response, and the effects, of which each `Send` has the next of the outcomes."""
    flow, remaining = send(request, Session(credentials or Credentials("key"), RETRIES)), list(outcomes)
    effects: list[Any] = [next(flow)]
    try:
        while True:
            outcome = remaining.pop(0) if isinstance(effects[-1], Send) else None
            is_error = isinstance(outcome, Exception)
            effects.append(flow.throw(outcome) if is_error else flow.send(outcome))
    except StopIteration as end:
        assert remaining == []
        return end.value, effects


@pytest.mark.parametrize(
    ("request_", "failure"),
    [
        *((request, outcome) for request in (SAFE, KEYED) for outcome in (BUSY, LOST, NOT_SENT)),
        (KEYED, IN_PROGRESS),
        (UNSAFE, NOT_SENT),
        (UNSAFE, httpx.Response(429, json={})),
    ],
)
def test_a_failure_that_may_pass_is_repeated(request_: Request, failure: Any) -> None:
    response, effects = play(request_, failure, OK)
    assert response is OK
    assert [type(effect) for effect in effects] == [Send, Sleep, Send]
    assert {effect.request.headers["Authorization"] for effect in effects[::2]} == {"Api-Key key"}
    assert 0.5 <= effects[1].seconds <= 1.0


@pytest.mark.parametrize(
    ("request_", "failure", "error"),
    [
        (UNSAFE, LOST, NoResponseError),
        (UNSAFE, BUSY, UnavailableError),
        (SAFE, httpx.Response(400, json={}), ResponseError),
        (SAFE, httpx.Response(401, json={}), AuthenticationError),
        (KEYED, httpx.Response(409, json={}), ResponseError),
        (SAFE, IN_PROGRESS, ResponseError),
        (SAFE, httpx.Response(429, json={}, headers={"Retry-After": "60"}), RateLimitError),
    ],
)
def test_what_is_not_repeated(request_: Request, failure: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        play(request_, failure)


def test_the_attempts_end() -> None:
    with pytest.raises(NoResponseError, match="GET /api/crud: lost"):
        play(SAFE, LOST, LOST, LOST)
    with pytest.raises(UnavailableError):
        play(SAFE, BUSY, BUSY, BUSY)


def test_delays_grow_up_to_a_bound_and_follow_the_service() -> None:
    assert all(2.0 <= RETRIES.seconds(2) <= 4.0 for _ in range(20))
    assert all(5.0 <= RETRIES.seconds(30) <= 10.0 for _ in range(20))
    _, effects = play(SAFE, httpx.Response(503, headers={"Retry-After": "7"}), OK)
    assert effects[1] == Sleep(7.0)


def test_a_streamed_response_is_closed_before_the_request_is_repeated() -> None:
    _, effects = play(Request("GET /x", "/x", {}, repeatable=True, streamed=True), BUSY, OK)
    assert [type(effect) for effect in effects] == [Send, Close, Sleep, Send]


def test_an_expired_token_is_renewed_once() -> None:
    refused = httpx.Response(401, json={"message": "expired"})
    person = Credentials(access="a", refresh="r")
    response, effects = play(SAFE, refused, OK, credentials=person)
    assert (response, effects[1]) == (OK, Renew("a"))
    with pytest.raises(AuthenticationError):
        play(SAFE, refused, refused, credentials=person)


def test_renewed_tokens_replace_both() -> None:
    person = Credentials(access="a", refresh="r")
    flow = renew(Session(person, RETRIES))
    effect = next(flow)
    assert isinstance(effect, Send)
    assert effect.request.arguments["json"] == {"refresh": "r"}
    assert "Authorization" not in effect.request.headers
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(200, json={"access": "b", "refresh": "s"}))
    assert (person.access, person.refresh) == ("b", "s")
