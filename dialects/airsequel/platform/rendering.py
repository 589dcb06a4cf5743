"""JSON forms of databases."""

from __future__ import annotations

from datetime import UTC, datetime

from catalog.services.metadata.attributes import DatabaseProfile
from dialects.airsequel.platform.operations.databases import AirsequelDatabase, CreatedDatabase
from engine.encoding import iso_timestamp


def database_json(profile: DatabaseProfile, *, size: int) -> AirsequelDatabase:
    """Return a database as this dialect shows it; `size` is in bytes."""
    attributes = profile.attributes
    return {
        "auditing": attributes.auditing,
        "createdUtc": timestamp(profile.created_at),
        "description": attributes.description,
        "environment": attributes.environment,
        "fileFormat": attributes.file_format,
        "fileName": attributes.file_name,
        "id": profile.shared_id,
        "lastModifiedUtc": timestamp(profile.changed_at),
        "location": None,
        "name": profile.name,
        "owner": profile.team_name,
        "readonlyId": profile.readonly_id,
        "schemaLocked": profile.schema_locked,
        "schemaVersion": int(profile.schema_changed_at.timestamp()),
        "size": size,
        "tables": [{"name": name, "tableType": "Table"} for name in profile.tables],
        "userVersion": 0,
        "viewsTab": attributes.views_tab,
        "visibility": "public" if profile.public else "private",
    }


def created_json(profile: DatabaseProfile) -> CreatedDatabase:
    """Return the answer to the creation of a database."""
    owned_since = profile.attributes.ownership_utc or timestamp(profile.created_at)
    return {"id": profile.shared_id, "ownerName": profile.team_name, "ownershipUtc": owned_since}


def timestamp(at: datetime) -> str:
    """Return a time in UTC with milliseconds."""
    return str(iso_timestamp(at.astimezone(UTC)))
