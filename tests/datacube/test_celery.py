"""The Celery application: its settings, transport, tasks and limits of memory."""

from __future__ import annotations

import gc

import pytest
from celery.signals import beat_init, worker_ready
from celery.utils.dispatch import Signal
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES, get_transport_cls

from datacube import celery, celery_app
from datacube.celery_transport import Transport


def test_the_package_offers_the_application() -> None:
    assert celery_app is celery.app
    assert celery.app.main == "datacube"


def test_settings_are_those_of_django() -> None:
    conf = celery.app.conf
    assert (conf.broker_url, conf.task_routes) == (settings.CELERY_BROKER_URL, settings.CELERY_TASK_ROUTES)
    assert (conf.task_ignore_result, conf.task_acks_late, conf.worker_prefetch_multiplier) == (True, True, 1)


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_queues_use_the_transport_that_reconnects(scheme: str) -> None:
    assert TRANSPORT_ALIASES[scheme] == "datacube.celery_transport:Transport"
    assert get_transport_cls(scheme) is Transport


def test_every_scheduled_task_exists() -> None:
    celery.app.loader.import_default_modules()
    scheduled = {item["task"] for item in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled - set(celery.app.tasks) == set()
    assert {"features.mail.tasks.send", "features.webhooks.tasks.deliver"} <= set(celery.app.tasks)


@pytest.mark.parametrize(
    ("signal", "receiver"),
    [(worker_ready, celery.limit_worker_memory), (beat_init, celery.limit_scheduler_memory)],
)
def test_memory_is_limited_when_a_process_starts(signal: Signal, receiver: object) -> None:
    assert receiver in signal._live_receivers(None)


def test_a_worker_collects_garbage_as_rarely_as_the_web_server(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[object, ...]] = []
    for name in ("collect", "freeze", "set_threshold"):
        monkeypatch.setattr(gc, name, lambda *values, name=name: called.append((name, *values)))
    celery.collect_garbage_rarely()
    assert called == [("collect",), ("freeze",), ("set_threshold", 10_000, 20, 20)]
