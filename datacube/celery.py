"""The Celery application; its settings are Django's, those that begin with CELERY_."""

import os

from celery import Celery
from celery.signals import beat_init, worker_ready
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from datacube.serving import memory

TRANSPORT_ALIASES |= dict.fromkeys(("redis", "rediss"), "datacube.celery_transport:Transport")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datacube.settings")
# Django's checks are the tests' business; here they would import every view, for a second and 22 MB a process.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("datacube")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def bound_worker(**_: object) -> None:
    """Have the worker replaced when it holds too much memory."""
    memory.stop_above(settings.MAX_WORKER_MEMORY_BYTES)


@beat_init.connect
def bound_scheduler(**_: object) -> None:
    """Have the scheduler replaced when it holds too much memory."""
    memory.stop_above(settings.MAX_SCHEDULER_MEMORY_BYTES)
