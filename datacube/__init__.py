"""The project: connects the apps to one service. Importing it creates the Celery application."""

from datacube.celery import app as celery_app

__all__ = ["celery_app"]
