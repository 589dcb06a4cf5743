"""Adds the superseded versions of the schemas of collections."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_anonymous")]

    operations = [
        migrations.CreateModel(
            name="SchemaVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("version", models.PositiveIntegerField()),
                ("declared", models.JSONField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("superseded_by", models.CharField(max_length=40)),
                (
                    "collection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="schema_versions",
                        to="catalog.collection",
                    ),
                ),
            ],
            options={
                "constraints": (
                    models.UniqueConstraint(fields=("collection", "version"), name="one_schema_of_each_version"),
                ),
            },
        ),
    ]
