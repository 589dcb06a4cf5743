"""The task that the scheduler runs."""

from __future__ import annotations

from django.conf import settings

from datacube.celery import app
from features.backups import schedule, tasks


def test_the_scheduler_runs_the_task(monkeypatch) -> None:
    assert settings.CELERY_BEAT_SCHEDULE["take-backup"]["task"] == tasks.take_if_due.name
    assert tasks.take_if_due.name in app.tasks
    calls: list[str] = []
    monkeypatch.setattr(schedule, "take_if_due", lambda: calls.append("taken"))
    tasks.take_if_due()
    assert calls == ["taken"]
