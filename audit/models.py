"""The model of the audit log."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class AuditEntry(models.Model):
    """One action. Teams, databases and actors are plain ids, so an entry outlives what it is about.

    The database refuses to change an entry, see the first migration; only its retention period deletes it.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    team_id = models.BigIntegerField(null=True)
    database_id = models.CharField(max_length=24, default="")
    actor = models.CharField(max_length=64)
    action = models.CharField(max_length=40)
    target = models.CharField(max_length=200, default="")
    detail = models.JSONField(default=dict)
    address = models.CharField(max_length=64, default="")
    request_id = models.CharField(max_length=64, default="")

    class Meta:
        indexes = [models.Index(fields=["team_id", "-id"], name="audit_of_team")]
