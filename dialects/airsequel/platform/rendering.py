"""JSON forms of databases."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings

from catalog.services.metadata.attributes import DatabaseProfile
from dialects.airsequel.platform.operations.databases import AirsequelDatabase, CreatedDatabase
from engine.encoding import iso_timestamp


def database_json(profile: DatabaseProfile, *, size: int) -> AirsequelDatabase:
    """Return a database as this dialect shows it; `size` is in bytes."""
    attributes = profile.attributes
    return {
        "auditing": profile.audited,
        "createdUtc": timestamp(profile.created_at),
        "description": attributes.description,
        "environment": attributes.environment,
        "fileFormat": attributes.file_format,
        "fileName": attributes.file_name,
        "id": profile.shared_id,
        "lastModifiedUtc": timestamp(profile.changed_at),
        "location": settings.AIRSEQUEL_LOCATION or None,
        "name": profile.name,
        "owner": _owner(profile),
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
    return {"id": profile.shared_id, "ownerName": _owner(profile), "ownershipUtc": owned_since}


def timestamp(at: datetime) -> str:
    """Return a time in UTC with milliseconds."""
    return str(iso_timestamp(at.astimezone(UTC)))


def _owner(profile: DatabaseProfile) -> str | None:
    """Return the name of the team that owns a database; None if it belongs to nobody."""
    return profile.team_name if profile.expires_at is None else None
