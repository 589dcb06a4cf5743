"""Apps of databases: pages of HTML."""

from django.db import models


class App(models.Model):
    """An app: one page of HTML."""

    id = models.CharField(primary_key=True, max_length=26)
    database = models.ForeignKey("catalog.Database", on_delete=models.CASCADE, related_name="apps")
    name = models.CharField(max_length=200)
    html = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
