"""Adds the team without members, which owns the databases that belong to nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_usernames_and_tokens")]

    operations = [
        migrations.AddField(
            "team",
            "anonymous",
            models.BooleanField(
                default=False,
                help_text="The one team without members, which owns the databases that belong to nobody.",
            ),
        ),
        migrations.AddConstraint(
            "team",
            models.UniqueConstraint(
                fields=["anonymous"], condition=models.Q(anonymous=True), name="one_anonymous_team"
            ),
        ),
    ]
