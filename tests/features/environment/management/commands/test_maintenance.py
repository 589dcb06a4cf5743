"""`datacube maintenance`: begins and ends the refusal of writes, and shows it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from audit.models import AuditEntry
from features.environment import services

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("maintenance", *arguments, stdout=output)
    return output.getvalue().strip()


def status() -> tuple[str, int]:
    output = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("maintenance", "status", stdout=output)
    return output.getvalue().strip(), int(ended.value.code or 0)


def test_it_begins_with_a_message_and_ends() -> None:
    assert status() == ("off", 0)
    assert run("on", "--no-wait", "--message", "Until 14:00 UTC.") == "Writes are refused."
    assert services.maintenance() == "Until 14:00 UTC."
    assert status() == ("on Until 14:00 UTC.", 3)
    assert run("off", "--no-wait") == "Writes are accepted."
    assert status() == ("off", 0)


def test_both_are_in_the_audit_log() -> None:
    run("on", "--no-wait")
    run("off", "--no-wait")
    recorded = AuditEntry.objects.order_by("pk").values_list("action", "actor", "address")
    assert [*recorded] == [(f"maintenance.{state}", "operator", "command line") for state in ("on", "off")]
