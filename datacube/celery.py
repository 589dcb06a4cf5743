"""The Celery application; its settings are Django's, those that begin with CELERY_."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES |= dict.fromkeys(("redis", "rediss"), "datacube.transport:Transport")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datacube.settings")
# Django's checks are the tests' business; here they would import every view, for a second and 22 MB a process.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("datacube")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
