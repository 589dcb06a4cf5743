"""Adds the collections that a key is limited to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_key_restrictions_and_team_limits")]

    operations = [
        migrations.AddField(
            "apikey",
            "collections",
            models.JSONField(
                null=True,
                help_text="Of a key that is limited to collections: {actions, filter?, fields?} by database id and name.",
            ),
        )
    ]
