"""Adds clusters and moves of databases between them; the cluster of MONGODB_URI is called `main`."""

from django.db import migrations, models


def rename(previous, name):
    def run(apps, schema_editor):
        apps.get_model("catalog", "Database").objects.filter(cluster=previous).update(cluster=name)

    return run


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_schema_versions")]

    operations = [
        migrations.CreateModel(
            "Cluster",
            [
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("name", models.CharField(max_length=50, unique=True)),
                ("address", models.TextField()),
                (
                    "takes_new",
                    models.BooleanField(default=False, help_text="Whether new databases are created there."),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            "DatabaseMove",
            [
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("database_id", models.CharField(max_length=24, unique=True)),
                ("physical", models.CharField(max_length=63)),
                ("source", models.CharField(max_length=50)),
                ("target", models.CharField(max_length=50)),
                (
                    "state",
                    models.CharField(
                        choices=[("copying", "Copying"), ("fenced", "Fenced"), ("moved", "Moved")],
                        default="copying",
                        max_length=10,
                    ),
                ),
                ("lease_owner", models.CharField(max_length=32)),
                ("lease_until", models.DateTimeField()),
                (
                    "position",
                    models.CharField(
                        default="", help_text="Of the source, when the database was moved.", max_length=40
                    ),
                ),
                ("moved_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AlterField(
            "database",
            "cluster",
            models.CharField(default="main", help_text="Name of a cluster; see services.stores.", max_length=50),
        ),
        migrations.AddField(
            "database",
            "moving",
            models.BooleanField(default=False, help_text="Whether writes are refused, at the end of a move."),
        ),
        migrations.AddField(
            "database",
            "moved",
            models.CharField(
                blank=True,
                default="",
                help_text=(
                    "After a move: the token of the last change before it, and that from which changes are read now."
                ),
                max_length=4300,
            ),
        ),
        migrations.RunPython(rename("default", "main"), rename("main", "default")),
    ]
