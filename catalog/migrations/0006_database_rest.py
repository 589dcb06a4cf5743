"""Settings of a database for the REST dialect."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_issuers")]

    operations = [
        migrations.AddField(
            model_name="database",
            name="rest",
            field=models.JSONField(
                default=dict, help_text="Settings of the REST dialect; see catalog.services.rest."
            ),
        )
    ]
