"""Reads the present values of a web process every second: its queue, threads, connections and memory."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Final

from prometheus_client import Gauge

from catalog.services.stores import clusters
from datacube.serving import memory
from datacube.serving.admission import Admission

log = logging.getLogger("datacube.metrics")
_SECONDS = 1.0
_SUM: Final = "livesum"  # of the processes that live
WAITING = Gauge("datacube_requests_waiting", "Requests that wait for their turn.", ["pool"], multiprocess_mode=_SUM)
RUNNING = Gauge("datacube_requests_running", "Requests that run.", ["pool"], multiprocess_mode=_SUM)
SIZE = Gauge("datacube_requests_max", "Requests that can run at once.", ["pool"], multiprocess_mode=_SUM)
CONNECTIONS = Gauge(
    "datacube_mongodb_connections", "Connections to MongoDB by use.", ["state"], multiprocess_mode=_SUM
)
MEMORY = Gauge("datacube_web_memory_bytes", "Resident memory of the web processes.", multiprocess_mode=_SUM)
PROCESSES = Gauge("datacube_web_processes", "Web processes that live.", multiprocess_mode=_SUM)


def start(pools: Mapping[str, Admission]) -> None:
    """Sample this process in a thread of its own for as long as it lives."""
    Thread(target=_run, args=(lambda: sample(pools),), name="metrics", daemon=True).start()


def _run(work: Callable[[], None], seconds: float = _SECONDS) -> None:
    while True:
        try:
            work()
        except Exception:
            log.exception("the figures of this process were not sampled")
        time.sleep(seconds)


def sample(pools: Mapping[str, Admission]) -> None:
    """Set the present values of this process."""
    for name, pool in pools.items():
        WAITING.labels(name).set(pool.waiting)
        RUNNING.labels(name).set(pool.running)
        SIZE.labels(name).set(pool.size)
    pools_of_stores = [store.pool() for store in clusters.stores_in_use()]
    CONNECTIONS.labels("open").set(sum(use.open for use in pools_of_stores))
    CONNECTIONS.labels("in_use").set(sum(use.in_use for use in pools_of_stores))
    MEMORY.set(memory.resident())
    PROCESSES.set(1)
