"""Adds shared ids, visibility, locks and attributes of databases, and the declarations of tables."""

from django.db import migrations, models

import catalog.naming


def fill_readonly_ids(apps, schema_editor):
    """Give each existing database a read-only id of its own."""
    databases = apps.get_model("catalog", "Database").objects
    for pk in databases.filter(readonly_id=None).values_list("pk", flat=True):
        databases.filter(pk=pk).update(readonly_id=catalog.naming.new_readonly_id())


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_entity_types"),
    ]

    operations = [
        migrations.AddField(
            model_name="database",
            name="shared_id",
            field=models.CharField(
                max_length=100, null=True, unique=True, help_text="Replaces `public_id` in the Airsequel dialect."
            ),
        ),
        migrations.AddField(
            model_name="database",
            name="public",
            field=models.BooleanField(default=False, help_text="Whether everyone who knows its id may read it."),
        ),
        migrations.AddField(
            model_name="database",
            name="schema_locked",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="database",
            name="attributes",
            field=models.JSONField(default=dict, help_text="See catalog.services.metadata.attributes."),
        ),
        migrations.AddField(
            model_name="collection",
            name="table",
            field=models.JSONField(default=dict, help_text="See catalog.services.metadata.tables."),
        ),
        migrations.AddField(
            model_name="database",
            name="readonly_id",
            field=models.CharField(max_length=40, null=True),
        ),
        migrations.RunPython(fill_readonly_ids, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="database",
            name="readonly_id",
            field=models.CharField(default=catalog.naming.new_readonly_id, max_length=40, unique=True),
        ),
    ]
