"""Where an entry comes from: a request, a command, or neither."""

from __future__ import annotations

from contextvars import copy_context

import pytest

from audit import services
from audit.models import AuditEntry
from audit.origin import COMMAND, NOWHERE, Origin, origin

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("source", "recorded"),
    [
        (NOWHERE, ("", "")),
        (COMMAND, ("", "command line")),
        (Origin("request-7", lambda: "203.0.113.7"), ("request-7", "203.0.113.7")),
    ],
)
def test_an_entry_has_the_origin_of_its_context(source: Origin, recorded: tuple[str, str]) -> None:
    def add() -> None:
        origin.set(source)
        services.record("key.create", actor="u3", team=5)

    copy_context().run(add)
    entry = AuditEntry.objects.get()
    assert (entry.request_id, entry.address) == recorded
