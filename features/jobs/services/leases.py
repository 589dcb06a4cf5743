"""The right to work on one job, and whom the job acts for."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

import engine
from accounts.principal import Principal, Scope
from features.jobs.models import OPEN, Job, State

_RENEW_SECONDS = 0.5


class LostLease(Exception):
    """Somebody else has taken the job over."""


class Lease:
    """The right to work on one job, held by renewing it together with the progress made."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self.owner = secrets.token_hex(8)
        self._renewed = 0.0

    def take(self) -> Job | None:
        """The job, unless it is finished or somebody else is at it."""
        idle = Q(state=State.QUEUED, lease_owner="") | Q(lease_until__lt=timezone.now())
        taken = Job.objects.filter(idle, pk=self.job_id, state__in=OPEN).update(
            lease_owner=self.owner, lease_until=self._until()
        )
        self._renewed = time.monotonic()
        return Job.objects.get(pk=self.job_id) if taken else None

    def save(self, **values: Any) -> None:
        """Writes to the job and renews; raises `LostLease` when it is somebody else's by now."""
        mine = Job.objects.filter(pk=self.job_id, lease_owner=self.owner)
        if not mine.update(lease_until=self._until(), **values):
            raise LostLease(self.job_id)
        self._renewed = time.monotonic()

    def save_now_and_then(self, **values: Any) -> None:
        if time.monotonic() - self._renewed > _RENEW_SECONDS:
            self.save(**values)

    def release(self) -> None:
        Job.objects.filter(pk=self.job_id, lease_owner=self.owner).update(
            lease_owner="", lease_until=timezone.now()
        )

    def _until(self) -> Any:
        return timezone.now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


def principal_of(job: Job) -> Principal:
    """With what was granted when the job was accepted, and nothing else."""
    grant = job.grant
    return Principal(
        actor=grant["actor"],
        user_id=grant["user_id"],
        email="",
        verified=True,
        teams=dict.fromkeys(grant["teams"], "owner"),
        home_team=grant["teams"][0],
        scope=Scope(
            actions=frozenset(engine.Action(name) for name in grant["actions"]),
            databases=frozenset({job.database_id}),
        ),
    )
