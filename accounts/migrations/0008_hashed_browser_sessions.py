"""Deletes the browser sessions whose keys are readable: people sign in again."""

from django.db import migrations


def forwards(apps, editor):
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_key_collections"), ("sessions", "0001_initial")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
