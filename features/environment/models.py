"""Environment variables of databases and of the installation, and the settings of the installation."""

from django.db import models


class EnvironmentVariable(models.Model):
    """A variable of a database; of the installation without one. `encrypted` is its value."""

    database = models.ForeignKey(
        "catalog.Database", null=True, on_delete=models.CASCADE, related_name="environment_variables"
    )
    name = models.CharField(max_length=100)
    encrypted = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["database", "name"], name="variable_name_once_a_database"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(database=None), name="variable_name_once_in_the_installation"
            ),
        )


class InstallationSettings(models.Model):
    """The only row: what an administrator sets for all databases."""

    allowed_hosts = models.JSONField(default=list, help_text="Hosts, with or without a port.")
    maintenance = models.CharField(max_length=200, null=True, help_text="While it is not null, writes are refused.")
