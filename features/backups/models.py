"""Backups of single databases, which their teams take and restore by the API."""

from django.db import models


class DatabaseBackup(models.Model):
    """One archive of a database, which may have been dropped since. Its file has the name of its id.

    `definition` describes the database and its collections as they were.
    """

    id = models.CharField(primary_key=True, max_length=32)
    team = models.ForeignKey("accounts.Team", on_delete=models.CASCADE, related_name="+")
    database_id = models.CharField(max_length=24, db_index=True)
    name = models.CharField(max_length=100, help_text="Of the database, when the backup was taken.")
    definition = models.JSONField()
    documents = models.BigIntegerField()
    size = models.BigIntegerField(help_text="Of the archive, in bytes.")
    created_by = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)
