"""The lease of a job, and the principal that the job acts for."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

import engine
from accounts.principal import Scope, ScopedPrincipal
from features.jobs.models import OPEN, Job, JobState

_RENEW_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPrincipal(ScopedPrincipal):
    """A job, which acts with the rights that were granted when it was submitted."""


class LostLease(Exception):
    """Another worker has taken the job over."""


class Lease:
    """The right to run one job, held by renewing it together with the saved progress."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.owner = secrets.token_hex(8)
        self._renewed = 0.0

    def take(self) -> Job | None:
        """Take the lease and return the job, or None where the job is finished or another worker runs it."""
        idle = Q(state=JobState.QUEUED, lease_owner="") | Q(lease_until__lt=timezone.now())
        is_taken = Job.objects.filter(idle, pk=self.job_id, state__in=OPEN).update(
            lease_owner=self.owner, lease_until=self._until()
        )
        self._renewed = time.monotonic()
        return Job.objects.get(pk=self.job_id) if is_taken else None

    def save(self, **values: Any) -> None:
        """Write to the job and renew the lease. Raises `LostLease` where another worker holds it."""
        mine = Job.objects.filter(pk=self.job_id, lease_owner=self.owner)
        if not mine.update(lease_until=self._until(), **values):
            raise LostLease(self.job_id)
        self._renewed = time.monotonic()

    def is_due(self) -> bool:
        """Return whether the lease should be renewed."""
        return time.monotonic() - self._renewed > _RENEW_SECONDS

    def save_periodically(self, **values: Any) -> None:
        if self.is_due():
            self.save(**values)

    def release(self) -> None:
        Job.objects.filter(pk=self.job_id, lease_owner=self.owner).update(
            lease_owner="", lease_until=timezone.now()
        )

    def _until(self) -> Any:
        return timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


def principal_of(job: Job) -> JobPrincipal:
    """Return a principal with the rights that were granted when the job was submitted."""
    grant = job.grant
    return JobPrincipal(
        actor=grant["actor"],
        user_id=grant["user_id"],
        verified=True,
        teams=dict.fromkeys(grant["teams"], "owner"),
        home_team=grant["teams"][0],
        scope=Scope(
            actions=frozenset(engine.Action(name) for name in grant["actions"]),
            databases=frozenset({job.database_id}),
        ),
    )
