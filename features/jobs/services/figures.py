"""Counts the jobs of the installation that have not ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Min
from django.utils import timezone

from features.jobs.models import OPEN, Job


@dataclass(frozen=True)
class Figures:
    """Open jobs by task and state, and the age of the oldest one in seconds, 0 without any."""

    open: Mapping[tuple[str, str], int]
    oldest_seconds: float


def figures() -> Figures:
    """Return the figures of this moment."""
    rows = [
        *Job.objects.filter(state__in=OPEN).values_list("task", "state").annotate(Count("id"), Min("created_at"))
    ]
    oldest = min((created_at for *_, created_at in rows), default=None)
    age = 0.0 if oldest is None else (timezone.now() - oldest).total_seconds()
    return Figures({(task, state): count for task, state, count, _ in rows}, max(0.0, age))
