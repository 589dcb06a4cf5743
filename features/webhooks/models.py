"""Webhooks and what they have delivered, or could not."""

from django.db import models


class Reading(models.Model):
    """The one row that says up to which token the deliveries of all webhooks are recorded; both change in one
    transaction. An empty position is that of the webhook which began first.
    """

    position = models.CharField(max_length=2100, default="")
    lease_until = models.DateTimeField()


class Webhook(models.Model):
    """It hears what happens after `position`. `deaths` counts the deliveries that died one after the other;
    `failing` is whether the last attempt did; `lease_until` is for whoever delivers.
    """

    id = models.CharField(primary_key=True, max_length=32)
    database_id = models.CharField(max_length=24, db_index=True)
    collection = models.CharField(max_length=100)
    events = models.JSONField(help_text="Of insert, update and delete.")
    url = models.CharField(max_length=2000)
    active = models.BooleanField(default=True)
    position = models.CharField(max_length=2100)
    message = models.TextField(default="")
    deaths = models.PositiveIntegerField(default=0)
    failing = models.BooleanField(default=False)
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)


class State(models.TextChoices):
    """PENDING → DELIVERED, or → DEAD after the last attempt; a replay makes it PENDING again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class Delivery(models.Model):
    """One event for one webhook, once."""

    id = models.CharField(primary_key=True, max_length=32)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    token = models.CharField(max_length=2100)
    operation = models.CharField(max_length=10)
    document_id = models.CharField(max_length=24)
    version = models.IntegerField(null=True)
    happened_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(db_index=True)
    status = models.PositiveIntegerField(null=True)
    error = models.TextField(default="")
    request = models.TextField(default="", help_text="How the body of the last attempt began.")
    response = models.TextField(default="", help_text="How the last answer began.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["webhook", "token"], name="event_once_a_webhook"),)
        indexes = (models.Index(fields=["state", "due_at"], name="delivery_due"),)
