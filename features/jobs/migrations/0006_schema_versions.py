"""Copies the schemas that changes have superseded from their jobs, which were kept for them, to the catalog."""

from django.db import migrations
from django.db.models import Q

_COLUMNS = ("fields", "strict", "rules", "title_field")


def copy_schemas(apps, schema_editor):
    """Record the schema before each change that was published."""
    jobs = apps.get_model("jobs", "Job")
    collections = apps.get_model("catalog", "Collection")
    versions = apps.get_model("catalog", "SchemaVersion")
    published = Q(state="done") | Q(plan__declared=True)
    changes = jobs.objects.filter(published, task="schema", plan__dry_run=False, finished_at__isnull=False)
    for job in changes.order_by("finished_at", "pk"):
        before, after = ({name: job.plan[side].get(name) for name in _COLUMNS} for side in ("before", "after"))
        row = collections.objects.filter(
            database__public_id=job.database_id, physical=job.plan.get("physical", "")
        ).first()
        if row is None or before == after:
            continue
        last = versions.objects.filter(collection=row).order_by("-version").first()
        versions.objects.create(
            collection=row,
            version=last.version + 1 if last else 1,
            declared=before,
            since=last.until if last else row.created_at,
            until=job.finished_at,
            superseded_by=job.grant["actor"],
        )


class Migration(migrations.Migration):
    dependencies = [("jobs", "0005_backups"), ("catalog", "0005_schema_versions")]

    operations = [migrations.RunPython(copy_schemas, migrations.RunPython.noop)]
