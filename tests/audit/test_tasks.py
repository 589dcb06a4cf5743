"""Entries of the audit log are deleted in their time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit import tasks
from audit.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("days", "left"), [(365, ["u2"]), (0, ["u1", "u2"]), (10_000, ["u1", "u2"])])
def test_old_entries_are_deleted(settings: Any, days: int, left: list[str]) -> None:
    settings.AUDIT_DAYS = days
    AuditEntry.objects.create(actor="u1", action="key.create", team_id=5, at=timezone.now() - timedelta(days=400))
    AuditEntry.objects.create(actor="u2", action="key.create", team_id=5)
    tasks.delete_old()
    assert [*AuditEntry.objects.order_by("pk").values_list("actor", flat=True)] == left
