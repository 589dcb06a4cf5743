"""The tasks of usage statistics and their schedule."""

from __future__ import annotations

import pytest
from celery import Task, current_app
from django.conf import settings

from features.usage import tasks


@pytest.mark.parametrize(
    ("task", "name", "seconds"),
    [
        (tasks.measure_storage, "features.usage.tasks.measure_storage", 900.0),
        (tasks.delete_old, "features.usage.tasks.delete_old", 3600.0),
    ],
)
def test_each_task_is_scheduled_in_the_default_queue(task: Task, name: str, seconds: float) -> None:
    assert task.name == name
    assert [item["schedule"] for item in settings.CELERY_BEAT_SCHEDULE.values() if item["task"] == name] == [
        seconds
    ]
    assert current_app.amqp.router.route({}, name)["queue"].name == "celery"
