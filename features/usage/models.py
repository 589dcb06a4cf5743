"""The usage of databases, by minute and by hour, and of callers, by day."""

from django.db import models

MINUTE, HOUR = 60, 3_600


class Usage(models.Model):
    """The counts of one database in one span: `start` in seconds since 1970, `span` in seconds, `bytes` as last
    measured.
    """

    database_id = models.CharField(max_length=24)
    span = models.PositiveSmallIntegerField()
    start = models.BigIntegerField()
    requests = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)
    writes = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(null=True)
    b0 = models.BigIntegerField(default=0)
    b1 = models.BigIntegerField(default=0)
    b2 = models.BigIntegerField(default=0)
    b3 = models.BigIntegerField(default=0)
    b4 = models.BigIntegerField(default=0)
    b5 = models.BigIntegerField(default=0)
    b6 = models.BigIntegerField(default=0)
    b7 = models.BigIntegerField(default=0)
    b8 = models.BigIntegerField(default=0)
    b9 = models.BigIntegerField(default=0)
    b10 = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["database_id", "span", "start"], name="one_usage_a_span"),)
        indexes = (models.Index(fields=["span", "start"], name="usage_by_age"),)


class CallerUsage(models.Model):
    """The requests of one caller to one database on one day (UTC).

    `actor` is its id as in documents; `database_id` is empty where a request opened none; `refused` are those
    above a limit.
    """

    team = models.BigIntegerField()
    actor = models.CharField(max_length=30)
    database_id = models.CharField(max_length=24, blank=True)
    day = models.DateField()
    requests = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["team", "actor", "database_id", "day"], name="one_caller_usage_a_day"),
        )
        indexes = (
            models.Index(fields=["actor", "day"], name="caller_usage_by_actor"),
            models.Index(fields=["day"], name="caller_usage_by_age"),
        )
