"""Descriptive attributes of a database, and the switches of its structure and visibility."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from django.db import transaction

import engine
from accounts.principal import AccountPrincipal, Principal, check_unlimited
from catalog.models import Database, State
from catalog.services.access import NOT_FOUND, invalidate, open_database
from catalog.services.deletion import wait_for_cache_expiry
from catalog.services.queries import visible_databases


@dataclass(frozen=True)
class DatabaseAttributes:
    """Attributes that describe a database. `table_order` names collections, as they are listed."""

    title: str = ""
    description: str | None = None
    environment: str | None = None
    file_name: str | None = None
    file_format: str = "sqlite"
    views_tab: bool = False
    ownership_utc: str | None = None
    # Of a database that belongs to nobody; see catalog.services.metadata.anonymous.
    origin: str | None = None
    table_order: tuple[str, ...] = ()
    # See catalog.services.metadata.views.
    views: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> DatabaseAttributes:
        known = {item.name for item in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        return cls(**{**values, "table_order": tuple(values.get("table_order", ()))})

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "table_order": [*self.table_order]}

    def in_order(self, names: Sequence[str]) -> list[str]:
        """Return names of collections: those of `table_order` first, then the others as they come."""
        ordered = [name for name in self.table_order if name in names]
        return ordered + [name for name in names if name not in ordered]


@dataclass(frozen=True)
class DatabaseProfile:
    """A database with its attributes, as SQL stores it."""

    id: str
    shared_id: str
    readonly_id: str
    name: str
    team: int
    team_name: str
    public: bool
    schema_locked: bool
    attributes: DatabaseAttributes
    created_at: datetime
    changed_at: datetime
    tables: tuple[str, ...]
    schema_changed_at: datetime
    # Whether every table has a history.
    audited: bool = True
    # Only of a database that belongs to nobody.
    expires_at: datetime | None = None


def list_profiles(principal: AccountPrincipal, *, limit: int) -> tuple[list[DatabaseProfile], int]:
    """Return the first `limit` databases that the principal can see, by name, and the number of all."""
    check_unlimited(principal)
    rows = visible_databases(principal).select_related("team").prefetch_related("collections")
    return [profile_of(row) for row in rows.order_by("name", "public_id")[:limit]], rows.count()


def read_profile(principal: Principal, database_id: str) -> DatabaseProfile:
    """Return a database's profile, whose ids open all of it. Raises `NotFound`, and `Forbidden` to limited keys."""
    open_database(principal, database_id)
    check_unlimited(principal)
    return profile_of(_row(database_id))


def change_profile(
    principal: Principal,
    database_id: str,
    *,
    attributes: Mapping[str, Any] | None = None,
    public: bool | None = None,
    schema_locked: bool | None = None,
) -> None:
    """Change attributes by name, the visibility and the lock; None leaves one as it is. Needs `design`.

    Returns when every process uses a changed visibility.
    """
    open_database(principal, database_id).require(engine.Action.DESIGN)
    with transaction.atomic():
        row = _row(database_id, lock=True)
        was_public = row.public
        if public is False and row.expires_at is not None:
            raise engine.Conflict("A database without an owner is public: give it to a team of yours first.")
        stored = DatabaseAttributes.of({**row.attributes, **(attributes or {})})
        row.attributes = stored.as_dict()
        row.public = row.public if public is None else public
        row.schema_locked = row.schema_locked if schema_locked is None else schema_locked
        row.save(update_fields=["attributes", "public", "schema_locked", "changed_at"])
    invalidate(database_id)
    if was_public and public is False:
        wait_for_cache_expiry(database_id)


def move_table(principal: Principal, database_id: str, name: str, *, after: str | None) -> None:
    """List a collection behind another one; first, where `after` is None. Needs `design`; raises `Invalid`."""
    database = open_database(principal, database_id, collection=name)
    database.collection(name).require(engine.Action.DESIGN)
    with transaction.atomic():
        row = _row(database_id, lock=True)
        stored = DatabaseAttributes.of(row.attributes)
        names = [item for item in stored.in_order([*database.specs]) if item != name]
        if after is not None and after not in names:
            raise engine.Invalid.of_field("after", f"The database has no other table {after!r}.")
        names.insert(0 if after is None else names.index(after) + 1, name)
        row.attributes = {**stored.as_dict(), "table_order": names}
        row.save(update_fields=["attributes", "changed_at"])
    invalidate(database_id)


def attributes_of(database_id: str) -> DatabaseAttributes:
    """Return the attributes of a database. The caller must have opened it."""
    return DatabaseAttributes.of(_row(database_id).attributes)


def _row(database_id: str, *, lock: bool = False) -> Database:
    rows = Database.objects.select_for_update() if lock else Database.objects.select_related("team")
    row = rows.filter(public_id=database_id, state=State.READY).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    return row


def profile_of(row: Database) -> DatabaseProfile:
    """Return the profile of a row of SQL. Raises `NotFound` for one without a team."""
    if row.team is None:
        raise engine.NotFound(NOT_FOUND)
    attributes = DatabaseAttributes.of(row.attributes)
    ready = [item for item in sorted(row.collections.all(), key=_pk) if item.state == State.READY]
    return DatabaseProfile(
        id=row.public_id,
        shared_id=row.shared_id or row.public_id,
        readonly_id=row.readonly_id,
        name=attributes.title or row.name,
        team=row.team.pk,
        team_name=row.team.name,
        public=row.public,
        schema_locked=row.schema_locked,
        attributes=attributes,
        created_at=row.created_at,
        changed_at=row.changed_at,
        tables=tuple(attributes.in_order([item.name for item in ready])),
        schema_changed_at=max([row.created_at, *(item.changed_at for item in ready)]),
        audited=all(item.history for item in ready),
        expires_at=row.expires_at,
    )


def _pk(item: Any) -> int:
    return int(item.pk)
