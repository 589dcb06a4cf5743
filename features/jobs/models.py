"""Jobs: long-running work whose state outlives the process that runs it."""

from django.db import models


class JobState(models.TextChoices):
    """QUEUED → RUNNING → DONE, or → ROLLING_BACK → FAILED. Any worker may resume an OPEN job that has no lease."""

    QUEUED = "queued"
    RUNNING = "running"
    ROLLING_BACK = "rolling_back"
    DONE = "done"
    FAILED = "failed"


OPEN = (JobState.QUEUED, JobState.RUNNING, JobState.ROLLING_BACK)


class Task(models.TextChoices):
    """The kind of work of a job."""

    IMPORT = "import"
    SCHEMA = "schema"
    RESTORE = "restore"
    CLONE = "clone"
    NUMBERING = "numbering"
    CONTENTS = "contents"
    DOWNLOAD = "download"
    BACKUP = "backup"
    RECOVERY = "recovery"


class Job(models.Model):
    """`grant` is what its owner was allowed when it was submitted, `plan` the work to do, `result` its outcome.

    `position` of `size` is done, in bytes of a file or in documents. For imports only: all ids begin with `prefix`,
    and `makes_collection` is true where the collection is new.
    """

    id = models.CharField(primary_key=True, max_length=32)
    task = models.CharField(max_length=10, choices=Task, default=Task.IMPORT)
    plan = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    database_id = models.CharField(max_length=24, db_index=True)
    collection = models.CharField(max_length=100, default="")
    makes_collection = models.BooleanField(default=False)
    grant = models.JSONField()
    prefix = models.CharField(max_length=16, default="")
    size = models.BigIntegerField()
    position = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12, choices=JobState, default=JobState.QUEUED, db_index=True)
    message = models.TextField(default="")
    errors = models.JSONField(default=list)
    kind = models.CharField(max_length=20, default="")
    lease_owner = models.CharField(max_length=32, default="")
    lease_until = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
