"""The tasks of webhooks, their queue and their schedule."""

from __future__ import annotations

import pytest
from celery import Task, current_app
from django.conf import settings

from features.webhooks import tasks


@pytest.mark.parametrize(
    ("task", "name", "schedule"),
    [
        (tasks.gather, "features.webhooks.tasks.gather", [(2.0, {"expires": 2.0})]),
        (tasks.forget_old, "features.webhooks.tasks.forget_old", [(3600.0, {})]),
        (tasks.deliver, "features.webhooks.tasks.deliver", []),
    ],
)
def test_each_task_runs_in_the_queue_of_webhooks(task: Task, name: str, schedule: list[tuple[float, dict]]) -> None:
    assert task.name == name
    assert current_app.amqp.router.route({}, name)["queue"].name == "webhooks"
    entries = [item for item in settings.CELERY_BEAT_SCHEDULE.values() if item["task"] == name]
    assert [(item["schedule"], item.get("options", {})) for item in entries] == schedule
