"""Usernames for everyone, session tokens, API tokens with permissions by database, billing of teams."""

from __future__ import annotations

import re
from typing import Any

from django.db import migrations, models

_MAX_BASE = 56


def name_everyone(apps: Any, schema_editor: Any) -> None:
    """Give each user the local part of their address as username, with the user's id where it is taken."""
    users = apps.get_model("accounts", "User").objects.order_by("pk")
    taken = set(users.exclude(username=None).values_list("username", flat=True))
    for user in users.filter(username=None).only("pk", "email").iterator():
        local = re.sub(r"[^a-z0-9._-]+", "-", user.email.partition("@")[0].lower()).strip("._-")[:_MAX_BASE]
        base = local.strip("._-") or "user"
        free = base not in taken and base not in ("invite", "reset-password")
        user.username = base if free else f"{base[:40]}-{user.pk}"
        while user.username in taken:
            user.username += "-0"
        taken.add(user.username)
        user.save(update_fields=["username"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            "user",
            "username",
            models.CharField(max_length=64, null=True, unique=True, help_text="In lower case."),
        ),
        migrations.AddField(
            "team",
            "billing",
            models.JSONField(null=True, help_text="Plan, subscription and address; see services.names.teams."),
        ),
        migrations.AddField("apikey", "description", models.TextField(null=True)),
        migrations.AddField(
            "apikey",
            "grants",
            models.JSONField(
                null=True,
                help_text="Of an API token: actions by database id; `databases` and `actions` are all of them.",
            ),
        ),
        migrations.AddField("session", "digest", models.CharField(max_length=64, null=True, unique=True)),
        migrations.AlterField(
            "onetimetoken",
            "purpose",
            models.CharField(
                max_length=10,
                choices=[("verify", "Verify"), ("reset", "Reset"), ("first", "First"), ("name", "Name")],
            ),
        ),
        migrations.RunPython(name_everyone, migrations.RunPython.noop),
    ]
