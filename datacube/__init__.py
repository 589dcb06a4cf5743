"""The project: what wires the apps into one service. The Celery application is made with the package."""

from datacube.celery import app as celery_app

__all__ = ["celery_app"]
