"""Makes the SQL database refuse to change an entry of the audit log."""

from django.db import migrations

FORWARDS = {
    "sqlite": [
        "CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_auditentry"
        " BEGIN SELECT RAISE(ABORT, 'entries of the audit log are never changed'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''entries of the audit log are never changed''; END'",
        "CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_auditentry"
        " FOR EACH ROW EXECUTE FUNCTION audit_refuse_change()",
    ],
}
BACKWARDS = {
    "sqlite": ["DROP TRIGGER audit_entries_stay"],
    "postgresql": ["DROP TRIGGER audit_entries_stay ON audit_auditentry", "DROP FUNCTION audit_refuse_change()"],
}


def forwards(apps, editor):
    for statement in FORWARDS.get(editor.connection.vendor, []):
        editor.execute(statement)


def backwards(apps, editor):
    for statement in BACKWARDS.get(editor.connection.vendor, []):
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
