"""Listeners who come and go for minutes, and what the web processes hold meanwhile."""

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

from bench.listening import Heard, Place, listen, write

_AT_ONCE = 50
_MINUTE = 60
_REST_SECONDS = 10


@dataclass
class Crowd:
    """Half of the listeners stay, and must hear all; of the others some leave each second, and come back."""

    place: Place
    size: int
    heard: Heard = field(default_factory=Heard)
    tasks: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    ready: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    left: int = 0
    broken: int = 0

    async def come(self) -> None:
        for number in range(self.size):
            self._start(number)
        with suppress(TimeoutError):  # those who were refused come again with the others
            async with asyncio.timeout(_MINUTE):
                for _ in range(self.size):
                    await self.ready.acquire()

    def _start(self, number: int) -> None:
        task = listen(self.place, number, heard=self.heard, ready=self.ready, gate=self.gate)
        self.tasks[number] = asyncio.create_task(task)

    async def churn(self, count: int) -> None:
        """Whoever was refused or cut off comes back too."""
        ended = [number for number, task in self.tasks.items() if task.done()]
        self.broken += len(ended)
        going = random.sample(range(self.size // 2, self.size), count)
        self.left += count
        for number in {*ended, *going}:
            await self._end(number)
            self._start(number)

    async def _end(self, number: int) -> None:
        self.tasks[number].cancel()
        with suppress(asyncio.CancelledError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self.tasks[number]

    async def leave(self) -> None:
        for number in self.tasks:
            await self._end(number)

    def complete(self, written: int) -> int:
        """How many of those who stayed heard everything."""
        return sum(self.heard.counts.get(number, 0) == written for number in range(self.size // 2))


async def churned(options: Namespace, place: Place) -> str:
    """Prints a line for each minute; the last one is the answer."""
    crowd = Crowd(place, options.listeners)
    began = time.monotonic()
    print(f"before: {held(place.url)}", flush=True)
    await crowd.come()
    print(f"{crowd.size} listeners connected in {time.monotonic() - began:.1f} s: {held(place.url)}", flush=True)
    began = time.monotonic()
    writing = asyncio.create_task(write(place, rate=options.rate, seconds=options.minutes * _MINUTE))
    for second in range(1, options.minutes * _MINUTE + 1):
        await asyncio.sleep(max(0.0, began + second - time.monotonic()))
        await crowd.churn(options.churn)
        if second % _MINUTE == 0:
            told = f"{crowd.left} left and came back, {crowd.broken} were cut off or refused"
            print(f"minute {second // _MINUTE}: {told}: {held(place.url)}", flush=True)
    written = await writing
    await asyncio.sleep(_REST_SECONDS)
    complete = crowd.complete(written)
    await crowd.leave()
    await asyncio.sleep(_REST_SECONDS)
    cuts = [1000 * cut for cut in statistics.quantiles(crowd.heard.delays, n=100)]
    return (
        f"{written} writes; {complete} of the {crowd.size // 2} who stayed heard every one; "
        f"late by p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms; all gone: {held(place.url)}"
    )


def held(url: str) -> str:
    """Memory and open handles of each process of the web server that serves this address on this machine."""
    found = _web_processes(urlsplit(url).port or 80)
    if not found:
        return "no web process of this address is seen here"
    memory = " + ".join(f"{_resident_bytes(pid) / 2**20:.0f}" for pid in found)
    handles = " + ".join(str(len([*Path(f"/proc/{pid}/fd").iterdir()])) for pid in found)
    return f"{memory} MB, {handles} handles"


def _web_processes(port: int) -> list[int]:
    """By their command line; those of `./dev up`, in the order in which they were started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            command, environment = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes().split(b"\0")
            is_web = b"datacube.http.server" in command or b"spawn_main" in command
            if is_web and f"PORT={port}".encode() in environment:
                found.append(int(entry.name))
    return sorted(found)


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
