"""The time limit of a send, the end of a connection, and the first of several awaitables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from web.streams import transport
from web.streams.transport import read_body, send_in_time, until_either, wait_for_disconnect


async def result(value: str) -> str:
    return value


async def failure() -> str:
    raise ZeroDivisionError


async def cancellation() -> str:
    raise asyncio.CancelledError


async def endless(ended: list[str]) -> str:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("cancelled")
    return "never"


def test_a_message_is_sent() -> None:
    messages: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    asyncio.run(send_in_time(send, {"type": "http.response.body"}))
    assert messages == [{"type": "http.response.body"}]


def test_a_send_that_does_not_end_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SEND_SECONDS", 0)
    ended: list[str] = []

    async def send(message: dict[str, Any]) -> None:
        await endless(ended)

    with pytest.raises(TimeoutError):
        asyncio.run(send_in_time(send, {}))
    assert ended == ["cancelled"]


def test_an_error_of_a_send_is_raised() -> None:
    async def send(message: dict[str, Any]) -> None:
        raise OSError("closed")

    with pytest.raises(OSError, match="closed"):
        asyncio.run(send_in_time(send, {}))


def test_other_messages_than_the_disconnect_are_ignored() -> None:
    types = iter(["http.request", "websocket.receive", "http.disconnect", "http.request"])

    async def receive() -> dict[str, Any]:
        return {"type": next(types)}

    asyncio.run(wait_for_disconnect(receive))
    assert list(types) == ["http.request"]


@pytest.mark.parametrize("is_first", [True, False])
def test_the_first_result_cancels_the_others(is_first: bool) -> None:
    ended: list[str] = []

    async def run() -> str | None:
        pair = [result("a"), endless(ended)] if is_first else [endless(ended), result("a")]
        return await until_either(*pair)

    assert asyncio.run(run()) == "a"
    assert ended == ["cancelled"]


@pytest.mark.parametrize("end", [failure, cancellation])
def test_a_failure_ends_the_wait_without_a_result(end: Callable[[], Awaitable[str]]) -> None:
    ended: list[str] = []

    async def run() -> str | None:
        return await until_either(endless(ended), end())

    assert asyncio.run(run()) is None
    assert ended == ["cancelled"]


@pytest.mark.parametrize("end", [failure, cancellation])
def test_a_result_counts_more_than_a_failure_at_the_same_time(end: Callable[[], Awaitable[str]]) -> None:
    async def run() -> str | None:
        return await until_either(end(), result("a"))

    assert asyncio.run(run()) == "a"


def test_the_awaitables_are_cancelled_with_the_caller() -> None:
    ended: list[str] = []

    async def run() -> None:
        started = asyncio.Semaphore(0)

        async def wait() -> str:
            started.release()
            return await endless(ended)

        task = asyncio.ensure_future(until_either(wait(), wait()))
        await started.acquire()
        await started.acquire()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert ended == ["cancelled", "cancelled"]


BODIES: list[tuple[list[dict[str, Any]], bytes | None]] = [
    ([{"type": "http.request", "body": b"ab"}], b"ab"),
    ([{"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.request", "body": b"c"}], b"abc"),
    ([{"type": "http.request", "body": b"abcdefgh"}], b"abcde"),
    ([{"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.disconnect"}], None),
]


@pytest.mark.parametrize(("messages", "body"), BODIES)
def test_a_body_is_cut_off_after_its_maximum(messages: list[dict[str, Any]], body: bytes | None) -> None:
    rest = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(rest)

    assert asyncio.run(read_body(receive, max_bytes=4)) == body
