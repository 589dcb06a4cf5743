"""Webhooks and their deliveries."""

from django.db import models


class StreamPosition(models.Model):
    """Of each cluster: the token up to which the deliveries of all webhooks of its databases are recorded.

    Both change in one transaction. An empty position stands for the position of the oldest webhook.
    """

    cluster = models.CharField(max_length=50, unique=True, default="main")
    position = models.CharField(max_length=2100, default="")
    lease_until = models.DateTimeField()


class Webhook(models.Model):
    """A webhook receives the events after `position`.

    `deaths` counts consecutive dead deliveries; `failing` tells whether the last attempt failed. `lease_until`
    locks the webhook for the worker that delivers. With a `function_id` it is a trigger: events go to that
    function, and there is no address.
    """

    id = models.CharField(primary_key=True, max_length=32)
    database_id = models.CharField(max_length=24, db_index=True)
    collection = models.CharField(max_length=100)
    events = models.JSONField(help_text="Of insert, update and delete.")
    url = models.CharField(max_length=2000)
    function_id = models.CharField(max_length=26, default="", db_index=True)
    active = models.BooleanField(default=True)
    position = models.CharField(max_length=2100)
    message = models.TextField(default="")
    deaths = models.PositiveIntegerField(default=0)
    failing = models.BooleanField(default=False)
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)


class DeliveryState(models.TextChoices):
    """PENDING becomes DELIVERED, or DEAD after the last attempt. A replay makes it PENDING again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class Delivery(models.Model):
    """One event for one webhook, stored once."""

    id = models.CharField(primary_key=True, max_length=32)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    token = models.CharField(max_length=2100)
    operation = models.CharField(max_length=10)
    document_id = models.CharField(max_length=24)
    version = models.IntegerField(null=True)
    happened_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
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
