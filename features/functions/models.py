"""Functions, their versions, and their invocations."""

from django.db import models


class Function(models.Model):
    """A function of a database. `grant` is what its calls without a caller may do: see `services.grants`."""

    id = models.CharField(primary_key=True, max_length=26)
    database = models.ForeignKey("catalog.Database", on_delete=models.CASCADE, related_name="functions")
    name = models.CharField(max_length=200)
    description = models.TextField(null=True)
    runtime = models.CharField(max_length=20, default="deno")
    grant = models.JSONField(default=dict)
    schedule = models.CharField(max_length=100, default="", help_text="Five fields of cron.")
    due_at = models.DateTimeField(null=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)


class FunctionVersion(models.Model):
    """A source text. The newest is the one that runs. `diagnostics` is None where it was not checked."""

    id = models.CharField(primary_key=True, max_length=26)
    function = models.ForeignKey(Function, on_delete=models.CASCADE, related_name="versions")
    content = models.TextField()
    diagnostics = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)


class Invocation(models.Model):
    """One call: what it returned as JSON text, or its error, and what it logged."""

    function = models.ForeignKey(Function, on_delete=models.CASCADE, related_name="invocations")
    version_id = models.CharField(max_length=26)
    method = models.CharField(max_length=10)
    outcome = models.CharField(max_length=10)
    data = models.TextField()
    error = models.TextField(default="")
    logs = models.JSONField(default=list)
    runtime_ms = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)
