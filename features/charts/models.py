"""Charts and dashboards of databases."""

from django.db import models


class TableChart(models.Model):
    """A chart of a table. `definition` has its members as the dialect shows them."""

    id = models.CharField(primary_key=True, max_length=26)
    database = models.ForeignKey("catalog.Database", on_delete=models.CASCADE, related_name="charts")
    definition = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)


class Dashboard(models.Model):
    """A dashboard: a title, and the ids of charts in their order."""

    id = models.CharField(primary_key=True, max_length=26)
    database = models.ForeignKey("catalog.Database", on_delete=models.CASCADE, related_name="dashboards")
    title = models.CharField(max_length=200)
    charts = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
