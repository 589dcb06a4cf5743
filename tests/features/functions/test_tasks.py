"""The tasks of functions, their queue and their schedule."""

from __future__ import annotations

from celery import current_app
from django.conf import settings

from features.functions import tasks


def test_the_tasks_run_beside_the_deliveries_of_webhooks() -> None:
    for task in (tasks.run_due, tasks.run_scheduled):
        assert current_app.amqp.router.route({}, task.name)["queue"].name == "webhooks"
    entries = [item for item in settings.CELERY_BEAT_SCHEDULE.values() if item["task"] == tasks.run_due.name]
    assert entries == [{"task": "features.functions.tasks.run_due", "schedule": 5.0, "options": {"expires": 5.0}}]
