"""The Celery application; its settings are Django's, those that begin with CELERY_."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "datacube.settings")

app = Celery("datacube")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
