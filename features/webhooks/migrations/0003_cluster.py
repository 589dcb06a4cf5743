"""Gives each cluster a position of its own; the only one so far is that of the cluster of MONGODB_URI."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_function_id")]

    operations = [
        migrations.AddField(
            "streamposition",
            "cluster",
            models.CharField(default="main", max_length=50, unique=True),
        ),
    ]
