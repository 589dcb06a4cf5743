"""The superseded versions of the schemas of collections, recorded in the transaction of each change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import engine
from accounts.principal import Principal
from catalog.definitions import no_collection
from catalog.models import Collection, SchemaVersion, State
from catalog.services.access import open_database
from engine.schema import equal_json

# The columns of a collection that are its schema.
COLUMNS = ("fields", "strict", "rules", "title_field")
_RESTRICTED = "A credential that may see only some documents or fields cannot read the schemas of a collection."


@dataclass(frozen=True)
class DatedSchema:
    """A schema of a collection, in force from `since` until `until`, or still. `declared` has COLUMNS."""

    version: int
    declared: Mapping[str, Any]
    since: datetime
    until: datetime | None = None
    superseded_by: str | None = None


def list_versions(principal: Principal, database_id: str, name: str) -> list[DatedSchema]:
    """Return all schemas of a collection, the present one first. Needs READ.

    Raises `Forbidden` for keys with a row filter or a field mask on it: a schema names what is hidden.
    """
    database = open_database(principal, database_id, collection=name)
    database.collection(name).require(engine.Action.READ)
    row = Collection.objects.filter(database__public_id=database.id, name=name, state=State.READY).first()
    if row is None:
        raise engine.NotFound(no_collection(name))
    if database.store.has_row_filter(database.physical, row.physical):
        raise engine.Forbidden(_RESTRICTED)
    return versions_of(row)


def schema_of(row: Collection) -> dict[str, Any]:
    """Return the present schema of a collection."""
    return {name: getattr(row, name) for name in COLUMNS}


def record(row: Collection, after: Mapping[str, Any], *, actor: str, at: datetime) -> None:
    """Record the schema of a locked row as superseded by the actor, unless `after` has the same."""
    before = schema_of(row)
    if equal_json(before, {name: after[name] for name in COLUMNS}):
        return
    present = versions_of(row)[0]
    until = max(at, present.since)
    row.schema_versions.create(
        version=present.version, declared=before, since=present.since, until=until, superseded_by=actor
    )


def versions_of(row: Collection) -> list[DatedSchema]:
    """Return all schemas of a collection, the present one first."""
    over = [
        DatedSchema(item.version, item.declared, item.since, item.until, item.superseded_by)
        for item in row.schema_versions.order_by("-version")
    ]
    since = over[0].until if over else row.created_at
    assert since is not None
    return [DatedSchema(len(over) + 1, schema_of(row), since), *over]


def schema_at(versions: Sequence[DatedSchema], at: datetime) -> DatedSchema:
    """Return the schema that was in force at a time; the first one for a time before it."""
    return next((item for item in versions if item.since <= at), versions[-1])


def as_json(row: Collection) -> list[dict[str, Any]]:
    """Return the superseded versions for the archive of a database. `load` is the inverse."""
    return [
        {
            "version": item.version,
            "declared": item.declared,
            "since": item.since.isoformat(),
            "until": item.until.isoformat(),
            "superseded_by": item.superseded_by,
        }
        for item in row.schema_versions.order_by("version")
    ]


def load(row: Collection, versions: Sequence[Mapping[str, Any]]) -> None:
    """Give a new collection the superseded versions of an archive."""
    SchemaVersion.objects.bulk_create(SchemaVersion(collection=row, **version) for version in versions)
