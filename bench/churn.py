"""Measures the memory of the web processes while listeners connect and disconnect for minutes."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from argparse import Namespace
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bench.listening import EventStream, MessageLog, listen, write

_MAX_CONNECTING = 50
_MINUTE = 60
_REST_SECONDS = 10


@dataclass
class Listeners:
    """Half of the listeners stay and must receive all; of the others some disconnect each second and reconnect."""

    event_stream: EventStream
    size: int
    messages: MessageLog = field(default_factory=MessageLog)
    tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MAX_CONNECTING))
    ready: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    left: int = 0
    broken: int = 0

    async def connect(self) -> None:
        for number in range(self.size):
            self._start(number)
        with suppress(TimeoutError):  # refused listeners are reconnected by `churn`
            async with asyncio.timeout(_MINUTE):
                for _ in range(self.size):
                    await self.ready.acquire()

    def _start(self, number: int) -> None:
        task = listen(self.event_stream, number, messages=self.messages, ready=self.ready, gate=self.gate)
        self.tasks[number] = asyncio.create_task(task)

    async def churn(self, count: int) -> None:
        """Disconnect `count` listeners and reconnect them, with those that were refused or cut off."""
        ended = [number for number, task in self.tasks.items() if task.done()]
        self.broken += len(ended)
        leaving = random.sample(range(self.size // 2, self.size), count)
        self.left += count
        for number in {*ended, *leaving}:
            await self._end(number)
            self._start(number)

    async def _end(self, number: int) -> None:
        self.tasks[number].cancel()
        with suppress(asyncio.CancelledError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self.tasks[number]

    async def disconnect(self) -> None:
        for number in self.tasks:
            await self._end(number)

    def complete(self, written: int) -> int:
        """Return how many of the listeners that stayed have received everything."""
        return sum(self.messages.counts.get(number, 0) == written for number in range(self.size // 2))


async def measure_churn(options: Namespace, event_stream: EventStream) -> str:
    """Print a line for each minute, and return the summary."""
    listeners = Listeners(event_stream, options.listeners)
    began = time.monotonic()
    print(f"before: {usage_of(event_stream.url)}", flush=True)
    await listeners.connect()
    print(
        f"{listeners.size} listeners connected in {time.monotonic() - began:.1f} s: {usage_of(event_stream.url)}",
        flush=True,
    )
    began = time.monotonic()
    writing = asyncio.create_task(write([event_stream], rate=options.rate, seconds=options.minutes * _MINUTE))
    for second in range(1, options.minutes * _MINUTE + 1):
        await asyncio.sleep(max(0.0, began + second - time.monotonic()))
        await listeners.churn(options.churn)
        if second % _MINUTE == 0:
            counts = f"{listeners.left} reconnected, {listeners.broken} were cut off or refused"
            print(f"minute {second // _MINUTE}: {counts}: {usage_of(event_stream.url)}", flush=True)
    written = (await writing).total()
    await asyncio.sleep(_REST_SECONDS)
    complete = listeners.complete(written)
    await listeners.disconnect()
    await asyncio.sleep(_REST_SECONDS)
    cuts = [1000 * cut for cut in statistics.quantiles(listeners.messages.delays, n=100)]
    return (
        f"{written} writes; {complete} of the {listeners.size // 2} that stayed received every one; "
        f"late by p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms; all gone: {usage_of(event_stream.url)}"
    )


def usage_of(url: str) -> str:
    """Return memory and open handles of each process of the web server at this address on this machine."""
    pids = web_processes(url)
    if not pids:
        return "no web process of this address is seen here"
    memory = " + ".join(f"{resident_bytes(pid) / 2**20:.0f}" for pid in pids)
    handles = " + ".join(str(len([*Path(f"/proc/{pid}/fd").iterdir()])) for pid in pids)
    return f"{memory} MB, {handles} handles"


def web_processes(url: str) -> list[int]:
    """Return the processes of the web server at this address by their command line, in the order of their start."""
    pids, port = [], urlsplit(url).port or 80
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            command, environment = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes().split(b"\0")
            is_web = b"datacube.http.server" in command or b"spawn_main" in command
            if is_web and f"PORT={port}".encode() in environment:
                pids.append(int(entry.name))
    return sorted(pids)


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
