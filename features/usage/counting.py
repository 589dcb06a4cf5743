"""Counts requests in this process, for next to nothing, and hands them on every USAGE_FLUSH_INTERVAL.

A process that is killed loses what it counted since: these are figures for people, not for bills.
"""

from __future__ import annotations

import logging
import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

import catalog.services
from features.usage import live, services
from features.usage.buckets import BOUNDS, BUCKETS

log = logging.getLogger("datacube.usage")
# More databases in one interval than this are not counted; the log says so.
_MOST_ROWS = 10_000
_MOST_RECENT = 2_000
_REQUESTS, _ERRORS, _WRITES, _FIRST_BUCKET = 0, 1, 2, 3
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_READ_BY_POST = ("aggregate", "aggregate/?$")
_PEOPLE = "dashboard/"


@dataclass(frozen=True)
class Taken:
    """What was counted: {(database, minute): counts}, and the last requests with their databases."""

    rows: Mapping[tuple[str, int], list[int]]
    recent: list[tuple[str, live.Request]]
    missed: int


class UsageCounter:
    """Safe to use from any thread; bounded, whatever comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._empty()

    def _empty(self) -> None:
        self._rows: dict[tuple[str, int], list[int]] = {}
        self._recent: deque[tuple[str, live.Request]] = deque(maxlen=_MOST_RECENT)
        self._missed = 0

    def add(self, database_id: str, request: live.Request, *, writes: bool, by_program: bool) -> None:
        """What people do in the dashboard is no request of a program; that they wrote is told."""
        name = (database_id, int(request.at) // 60)
        with self._lock:
            row = self._rows.get(name)
            if row is None:
                if len(self._rows) >= _MOST_ROWS:
                    self._missed += 1
                    return
                row = self._rows[name] = [0] * (_FIRST_BUCKET + len(BUCKETS))
            row[_WRITES] += writes
            if by_program:
                row[_REQUESTS] += 1
                row[_ERRORS] += request.status >= 400
                row[_FIRST_BUCKET + bisect_left(BOUNDS, request.ms)] += 1
                self._recent.append((database_id, request))

    def take(self) -> Taken:
        with self._lock:
            taken = Taken(self._rows, list(self._recent), self._missed)
            self._empty()
        return taken


class Flusher:
    """Hands on what was counted, from a thread that begins with the first request of the process."""

    def __init__(self, counters: UsageCounter) -> None:
        self._counters = counters
        self._started = False
        self._lock = threading.Lock()

    def wake(self) -> None:
        if self._started or not settings.USAGE_FLUSH_INTERVAL:
            return
        with self._lock:
            if not self._started:
                self._started = True
                threading.Thread(target=self._run, name="usage", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(settings.USAGE_FLUSH_INTERVAL)
            try:
                close_old_connections()
                self.flush()
            except Exception:
                log.exception("counts are lost")

    def flush(self) -> None:
        taken = self._counters.take()
        if taken.missed:
            log.warning("%s requests were not counted: more than %s databases at once", taken.missed, _MOST_ROWS)
        if not taken.rows:
            return
        live.push(taken.recent)
        try:
            services.add(taken.rows)
        except DatabaseError:
            log.warning("the counts of %s databases are lost: SQL does not answer", len(taken.rows), exc_info=True)


counters = UsageCounter()
flusher = Flusher(counters)


def finished(request: HttpRequest, response: HttpResponseBase, milliseconds: float) -> None:
    """Counts a request by the database that it opened, if any."""
    database_id = catalog.services.pop_opened_database()
    if database_id is None or response.status_code == 404:
        return
    match = request.resolver_match
    route = match.route if match else ""
    method = request.method or ""
    principal = getattr(request, "principal", None)
    done = live.Request(
        at=time.time(),
        method=method,
        route=route,
        status=response.status_code,
        ms=milliseconds,
        actor=principal.actor if principal else "",
    )
    writes = response.status_code < 400 and method not in _READING and not route.endswith(_READ_BY_POST)
    counters.add(database_id, done, writes=writes, by_program=not route.startswith(_PEOPLE))
    flusher.wake()
