"""Counts requests in this process, and writes the counts to SQL every USAGE_FLUSH_INTERVAL.

A process that is killed loses the counts since its last flush: they are statistics, not a basis for billing.
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
from accounts.principal import AccountPrincipal, Principal
from features.usage import live, services
from features.usage.buckets import BOUNDS, BUCKETS
from features.usage.services import by_caller
from features.usage.services.by_caller import SECONDS_OF_DAY, Counts
from web.routes import route_of

log = logging.getLogger("datacube.usage")
# Further databases in one interval are not counted; the log reports them.
_MAX_ROWS = 10_000
_MAX_RECENT = 2_000
_REQUESTS, _ERRORS, _WRITES, _FIRST_BUCKET = 0, 1, 2, 3
TOO_MANY_REQUESTS = 429
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_READ_BY_POST = "/aggregate"
_DASHBOARD = "/dashboard/"


@dataclass(frozen=True)
class Snapshot:
    """The counts since the last flush: {(database, minute): counts}, and the latest requests by database."""

    rows: Mapping[tuple[str, int], list[int]]
    recent: list[tuple[str, live.Request]]
    missed: int
    callers: Counts


class UsageCounter:
    """Counts requests in memory; thread-safe and of limited size."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._empty()

    def _empty(self) -> None:
        self._rows: dict[tuple[str, int], list[int]] = {}
        self._recent: deque[tuple[str, live.Request]] = deque(maxlen=_MAX_RECENT)
        self._missed = 0
        self._callers: dict[tuple[int, str, str, int], list[int]] = {}

    def add_caller(self, principal: Principal, database_id: str, *, status: int) -> None:
        """Count a request of a program for its team and caller; its database is empty where it opened none."""
        key = (principal.home_team, principal.actor, database_id, int(time.time()) // SECONDS_OF_DAY)
        with self._lock:
            row = self._callers.get(key)
            if row is None:
                if len(self._callers) >= _MAX_ROWS:
                    self._missed += 1
                    return
                row = self._callers[key] = [0, 0, 0]
            row[0] += 1
            if status >= 400:
                row[1] += 1
                row[2] += status == TOO_MANY_REQUESTS

    def add(self, database_id: str, request: live.Request, *, writes: bool, by_program: bool) -> None:
        """Count a request. Requests of the dashboard count only as writes."""
        key = (database_id, int(request.at) // 60)
        with self._lock:
            row = self._rows.get(key)
            if row is None:
                if len(self._rows) >= _MAX_ROWS:
                    self._missed += 1
                    return
                row = self._rows[key] = [0] * (_FIRST_BUCKET + len(BUCKETS))
            row[_WRITES] += writes
            if by_program:
                row[_REQUESTS] += 1
                row[_ERRORS] += request.status >= 400
                row[_FIRST_BUCKET + bisect_left(BOUNDS, request.ms)] += 1
                self._recent.append((database_id, request))

    def take(self) -> Snapshot:
        """Return the counts and reset them."""
        with self._lock:
            snapshot = Snapshot(self._rows, list(self._recent), self._missed, self._callers)
            self._empty()
        return snapshot


class Flusher:
    """Flushes the counts from a thread that starts with the first request of the process."""

    def __init__(self, counter: UsageCounter) -> None:
        self._counter = counter
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
        """Write the counts to SQL and the latest requests to Valkey."""
        snapshot = self._counter.take()
        if snapshot.missed:
            log.warning("%s requests were not counted: more than %s databases at once", snapshot.missed, _MAX_ROWS)
        if not snapshot.rows and not snapshot.callers:
            return
        live.push(snapshot.recent)
        try:
            services.add(snapshot.rows)
            by_caller.add(snapshot.callers)
        except DatabaseError:
            log.warning(
                "the counts of %s databases are lost: SQL does not answer", len(snapshot.rows), exc_info=True
            )


counter = UsageCounter()
flusher = Flusher(counter)


def finished(request: HttpRequest, response: HttpResponseBase, milliseconds: float) -> None:
    """Count a request for the database that it opened, if any; an observer of requests."""
    database_id = catalog.services.access.pop_opened_database()
    principal = getattr(request, "principal", None)
    route = route_of(request) or ""
    if isinstance(principal, AccountPrincipal) and not route.startswith(_DASHBOARD):
        counter.add_caller(principal, database_id or "", status=response.status_code)
        flusher.wake()
    if database_id is None or response.status_code == 404:
        return
    method = request.method or ""
    finished_request = live.Request(
        at=time.time(),
        method=method,
        route=route,
        status=response.status_code,
        ms=milliseconds,
        actor=principal.actor if principal else "",
    )
    writes = response.status_code < 400 and method not in _READING and not route.endswith(_READ_BY_POST)
    counter.add(database_id, finished_request, writes=writes, by_program=not route.startswith(_DASHBOARD))
    flusher.wake()
