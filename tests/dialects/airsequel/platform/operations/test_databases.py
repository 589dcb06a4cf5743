"""Declared databases: the published bodies."""

from __future__ import annotations

from dialects.airsequel.platform.operations.databases import DatabaseChange, NewDatabase
from tests.dialects.airsequel.support import SAMPLES


def test_the_published_bodies() -> None:
    created = NewDatabase.parse(SAMPLES["POST /api/dbs"]["request"])
    assert (created.name, created.team, created.file_format) == ("Example Database", "example-team", "csv")
    changed = DatabaseChange.parse(SAMPLES["PATCH /api/dbs/:dbId"]["request"])
    assert (changed.name, changed.owner) == ("New Database Name", "johns-team")
