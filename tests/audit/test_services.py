"""Entries of the audit log: added, read, kept as they are, and deleted in their time."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit import services
from audit.models import AuditEntry
from audit.origin import Origin, origin
from audit.services import EntryFilter

pytestmark = pytest.mark.django_db


@pytest.fixture
def three() -> None:
    """Add three entries of team 5 and one of another team."""
    token = origin.set(Origin("request-7", lambda: "203.0.113.7"))
    services.record("key.create", actor="u3", team=5, target="k1", name="loader")
    services.record("database.create", actor="u4", team=5, target="films", database="a" * 24)
    services.record("key.revoke", actor="u3", team=5, target="k1")
    services.record("key.create", actor="u9", team=6, target="k2")
    origin.reset(token)


def actions(**selection: Any) -> list[str]:
    return [entry.action for entry in services.list_entries(5, EntryFilter(**selection), limit=10)[0]]


def test_an_entry_says_who_did_what_to_which_and_from_where(three: None) -> None:
    entries, following = services.list_entries(5, EntryFilter(), limit=10)
    assert ([entry.action for entry in entries], following) == (
        ["key.revoke", "database.create", "key.create"],
        None,
    )
    last = entries[-1]
    assert (last.actor, last.target, last.detail) == ("u3", "k1", {"name": "loader"})
    assert (last.address, last.request_id) == ("203.0.113.7", "request-7")


def test_entries_are_selected(three: None) -> None:
    assert actions(action="key") == ["key.revoke", "key.create"]
    assert actions(action="key.create") == ["key.create"]
    assert actions(action="k") == []
    assert actions(actor="u4") == actions(database_id="a" * 24) == ["database.create"]
    assert actions(since=timezone.now() + timedelta(hours=1)) == []
    assert actions(until=timezone.now() - timedelta(hours=1)) == []


def test_pages_follow_each_other_without_gaps(three: None) -> None:
    read: list[str] = []
    before = None
    while True:
        entries, before = services.list_entries(5, EntryFilter(before=before), limit=1)
        read += [entry.action for entry in entries]
        if before is None:
            break
    assert read == ["key.revoke", "database.create", "key.create"]


def test_the_export_has_all_entries_of_the_team(three: None) -> None:
    lines = b"".join(services.export(5, EntryFilter())).splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["key.revoke", "database.create", "key.create"]


def test_a_long_name_is_shortened() -> None:
    services.record("collection.create", actor="u1", team=5, target="x" * 500)
    assert len(AuditEntry.objects.get().target) == 200
