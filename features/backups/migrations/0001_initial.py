import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="DatabaseBackup",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("database_id", models.CharField(db_index=True, max_length=24)),
                (
                    "name",
                    models.CharField(help_text="Of the database, when the backup was taken.", max_length=100),
                ),
                ("definition", models.JSONField()),
                ("documents", models.BigIntegerField()),
                ("size", models.BigIntegerField(help_text="Of the archive, in bytes.")),
                ("created_by", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.team"
                    ),
                ),
            ],
        ),
    ]
