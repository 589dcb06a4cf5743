"""The Celery application; its settings are Django's settings that begin with CELERY_."""

import gc
import os

from celery import Celery
from celery.signals import (
    after_setup_logger,
    after_setup_task_logger,
    beat_init,
    before_task_publish,
    task_prerun,
    worker_ready,
)
from django.conf import settings
from django.utils.module_loading import import_string
from kombu.transport import TRANSPORT_ALIASES

from datacube import task_requests
from datacube.serving import memory

TRANSPORT_ALIASES |= dict.fromkeys(("redis", "rediss"), "datacube.celery_transport:Transport")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datacube.settings")
# The tests run Django's checks. Here they would import every view: one second and 22 MB for each process.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("datacube")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
before_task_publish.connect(task_requests.send_request_id)
task_prerun.connect(task_requests.take_request_id)
after_setup_logger.connect(task_requests.prefix_lines)
after_setup_task_logger.connect(task_requests.prefix_lines)


@worker_ready.connect
def collect_garbage_rarely(**_: object) -> None:
    """Exclude what was loaded at the start from garbage collection, and look for other garbage as the web does.

    An import makes millions of objects, which none of them refers to in a circle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@worker_ready.connect
def limit_worker_memory(**_: object) -> None:
    """Stop the worker when it holds too much memory; its supervisor starts another one."""
    memory.stop_above(settings.MAX_WORKER_MEMORY_BYTES)
    # By name: it needs the models, which are loaded when the worker is ready.
    import_string("datacube.maintenance.monitor.start")()


@beat_init.connect
def limit_scheduler_memory(**_: object) -> None:
    """Stop the scheduler when it holds too much memory; its supervisor starts another one."""
    memory.stop_above(settings.MAX_SCHEDULER_MEMORY_BYTES)
