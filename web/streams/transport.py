"""What the transports share: ASGI's callables, the time limit of a send, and the end of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
SEND_SECONDS = 10.0


async def send_in_time(send: Send, message: dict[str, Any]) -> None:
    """Send a message. Raises `TimeoutError` if the client is too slow; its connection is then closed."""
    async with asyncio.timeout(SEND_SECONDS):
        await send(message)


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
