"""JSON forms of databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from catalog.services.metadata.attributes import DatabaseAttributes, DatabaseProfile
from dialects.airsequel.platform.rendering import created_json, database_json, timestamp

AT = datetime(2023, 2, 15, 10, 22, 6, 487_000, tzinfo=UTC)
PROFILE = DatabaseProfile(
    id="0" * 24,
    shared_id="x-1",
    readonly_id="y",
    name="X",
    team=1,
    team_name="johns-team",
    public=True,
    schema_locked=False,
    attributes=DatabaseAttributes(),
    created_at=AT,
    changed_at=AT,
    tables=("users",),
    schema_changed_at=AT,
)


def test_the_place_of_the_installation(settings: Any) -> None:
    assert database_json(PROFILE, size=0)["location"] is None
    settings.AIRSEQUEL_LOCATION = {"lat": 50, "long": 40, "name": "City X"}
    assert database_json(PROFILE, size=0)["location"] == {"lat": 50, "long": 40, "name": "City X"}


def test_a_database_without_an_owner() -> None:
    content: Any = database_json(replace(PROFILE, expires_at=AT, team_name="anonymous"), size=0)
    assert content["owner"] is None


def test_a_database() -> None:
    content: Any = database_json(PROFILE, size=123)
    expected = {"id": "x-1", "createdUtc": "2023-02-15T10:22:06.487Z", "size": 123, "visibility": "public"}
    assert {name: content[name] for name in expected} == expected
    assert "0" * 24 not in str(content)


def test_a_new_database() -> None:
    assert created_json(PROFILE) == {"id": "x-1", "ownerName": "johns-team", "ownershipUtc": timestamp(AT)}
