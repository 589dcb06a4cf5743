"""An entry of the audit log stays as it was added."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from audit.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_an_entry_cannot_be_changed() -> None:
    entry = AuditEntry.objects.create(actor="u3", action="key.create", team_id=5)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        AuditEntry.objects.update(actor="u1")
    entry.actor = "u1"
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        entry.save()
    assert AuditEntry.objects.get().actor == "u3"
