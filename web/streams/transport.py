"""What the transports share: ASGI's callables, the time limit of a send, and the end of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from django.http import HttpResponse

T = TypeVar("T")
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
SEND_SECONDS = 10.0


async def send_in_time(send: Send, message: dict[str, Any]) -> None:
    """Send a message. Raises `TimeoutError` if the client is too slow; its connection is then closed."""
    async with asyncio.timeout(SEND_SECONDS):
        await send(message)


async def send_response(send: Send, response: HttpResponse) -> None:
    """Send a response that is whole."""
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content, "more_body": False})


async def read_body(receive: Receive, *, max_bytes: int) -> bytes | None:
    """Return a request's body, cut off after `max_bytes` and one more; None when the client disconnects early."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part: bytes = message.get("body", b"")
        body = (body + part)[: max_bytes + 1]
        if not message.get("more_body"):
            return body


async def wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        continue


async def until_either(*awaitables: Awaitable[T]) -> T | None:
    """Return the result of the first awaitable to finish (None if it failed); cancel and await the others."""
    tasks = [asyncio.ensure_future(item) for item in awaitables]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return next((task.result() for task in done if not (task.cancelled() or task.exception())), None)
