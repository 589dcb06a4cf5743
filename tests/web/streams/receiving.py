"""How tests receive the events of a subscription."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import engine
from web.streams.event import Batch, Interrupted

Seen = list[tuple[str, Any]]


def summary(batch: Batch) -> Seen:
    return [(event.name, json.loads(event.data)) for event in batch]


async def receive(batches: AsyncGenerator[Batch, None], *, count: int) -> Seen:
    """Return the next events, at least `count`, keep-alives excluded."""
    seen: Seen = []
    async with asyncio.timeout(60):
        while len(seen) < count:
            seen += summary(await anext(batches))
    return seen


async def until_end(batches: AsyncGenerator[Batch, None]) -> tuple[Seen, Exception | None]:
    """Return the remaining events, and the exception that ends the stream."""
    seen: Seen = []
    async with asyncio.timeout(60):
        try:
            async for batch in batches:
                seen += summary(batch)
        except (engine.Error, Interrupted) as error:
            return seen, error
    return seen, None


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]


def changes(*numbers: int) -> Seen:
    return [("change", number) for number in numbers]
