"""Adds the time at which a database that belongs to nobody expires."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_airsequel")]

    operations = [
        migrations.AddField(
            "database",
            "expires_at",
            models.DateTimeField(
                null=True,
                db_index=True,
                help_text="Of a database that belongs to nobody; see services.metadata.anonymous.",
            ),
        ),
    ]
