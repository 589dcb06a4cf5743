"""Figures of the whole installation, read when they are asked for: jobs, queues, and free disk space."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.conf import settings
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

import engine
import features.jobs.services
from catalog.services.stores import clusters
from datacube.serving.readiness import queue_client

log = logging.getLogger("datacube.metrics")
# The queues of Celery, which are lists of Valkey.
_QUEUES = ("celery", "webhooks")


class InstallationCollector(Collector):
    """Collects what no process counts. A part that does not answer is left out, and `datacube_up` of it is 0."""

    def collect(self) -> Iterable[Metric]:
        """Return the metrics, read now."""
        up = GaugeMetricFamily(
            "datacube_up", "Whether the part answered this request for metrics.", labels=["part"]
        )
        metrics: list[Metric] = []
        for part, read in _PARTS.items():
            try:
                metrics += read()
            except Exception:  # noqa: BLE001 - the other parts are reported, and this one as away
                log.warning("%s did not answer a request for metrics", part)
                up.add_metric([part], 0)
            else:
                up.add_metric([part], 1)
        return [up, *metrics]


def _jobs() -> Iterator[Metric]:
    figures = features.jobs.services.figures()
    open_jobs = GaugeMetricFamily(
        "datacube_jobs", "Jobs that have not ended, by task and state.", labels=["task", "state"]
    )
    for (task, state), count in figures.open.items():
        open_jobs.add_metric([task, state], count)
    yield open_jobs
    age = GaugeMetricFamily("datacube_jobs_oldest_seconds", "Age of the oldest such job; 0 without any.")
    age.add_metric([], figures.oldest_seconds)
    yield age


def _queues() -> Iterator[Metric]:
    depth = GaugeMetricFamily("datacube_queue_depth", "Tasks that wait for a worker, by queue.", labels=["queue"])
    for name in _QUEUES:
        depth.add_metric([name], queue_client().llen(name))
    yield depth


def _disks() -> Iterator[Metric]:
    free = GaugeMetricFamily("datacube_disk_free_bytes", "Free space by what is stored there.", labels=["disk"])
    for name, path in (("spool", Path(settings.SPOOL)), ("home", settings.HOME)):
        if path.exists():
            free.add_metric([name], shutil.disk_usage(path).free)
    yield free


def _documents() -> Iterator[Metric]:
    free = GaugeMetricFamily(
        "datacube_documents_disk_free_bytes", "Free space of MongoDB's disk, by cluster.", labels=["cluster"]
    )
    for name in clusters.names():
        try:
            free_bytes = clusters.store(name).server().free_bytes
        except engine.Error:
            if name == clusters.MAIN:
                raise
            continue
        if free_bytes is not None:
            free.add_metric([name], free_bytes)
    yield free


_PARTS: dict[str, Callable[[], Iterator[Metric]]] = {
    "platform": _jobs,
    "queue": _queues,
    "disk": _disks,
    "documents": _documents,
}
