"""Events of the payment provider that were received."""

from django.db import models


class PaddleEvent(models.Model):
    """An event, by the id that the provider gave it, so that a repeated one is known."""

    alert_id = models.CharField(primary_key=True, max_length=50)
    name = models.CharField(max_length=100)
    subscription_id = models.BigIntegerField(null=True, db_index=True)
    event_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
