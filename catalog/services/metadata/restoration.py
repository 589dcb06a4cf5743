"""Databases that a backup restores, beside others or over one: invisible until they are complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

import engine
from accounts.models import Team
from catalog import naming
from catalog.limits import refuse_moving
from catalog.models import Collection, Database, DatabaseMove, State
from catalog.services.access import NOT_FOUND
from catalog.services.cloning import abandon_clone
from catalog.services.creation import check_room, settle
from catalog.services.deletion import wait_for_cache_expiry
from catalog.services.metadata import schema_history
from catalog.services.stores.clusters import change_stream, of_new_databases
from engine.events import Moved

_DATABASE = ("rest", "entity_types", "public", "schema_locked", "attributes")
COLLECTION_COLUMNS = (
    *("name", "physical", "fields", "strict", "history", "history_days", "history_versions", "history_since"),
    *("rules", "title_field", "table"),
)
_TAKEN = "The team has a database named {!r} already: give the restored one another name."
_DROPPING = "The database {} is still being dropped: try again in a minute, or give another name."


def begin(entry: Mapping[str, Any], collections: Sequence[Mapping[str, Any]], *, name: str) -> tuple[int, str, str]:
    """Create the invisible entry of a database from the columns of its rows.

    Returns its key, its public id and its physical name. It keeps its public id where no database has it, so that
    keys and programs find it again. Raises `Conflict` where the name is taken or the team no longer exists.
    """
    public_id = _public_id(entry["public_id"])
    if not Team.objects.filter(pk=entry["team"]).exists():
        raise engine.Conflict("The team that owned the database no longer exists.")
    check_room(entry["team"])
    try:
        with transaction.atomic():
            row = Database.objects.create(
                public_id=public_id,
                team_id=entry["team"],
                name=name,
                physical=naming.physical_database(name),
                cluster=of_new_databases(),
                state=State.FILLING,
                **{column: entry[column] for column in _DATABASE},
            )
            for item in collections:
                columns = {column: item[column] for column in COLLECTION_COLUMNS}
                new = Collection.objects.create(database=row, state=State.FILLING, **columns)
                schema_history.load(new, item.get("schema_versions", ()))
    except IntegrityError as error:
        raise engine.Conflict(_TAKEN.format(name)) from error
    return row.pk, public_id, row.physical


def cluster_of(public_id: str) -> str:
    """Return the cluster where a database is. Raises `NotFound`."""
    cluster = Database.objects.filter(public_id=public_id).values_list("cluster", flat=True).first()
    if cluster is None:
        raise engine.NotFound(NOT_FOUND)
    return cluster


def publish(public_id: str) -> None:
    """Make a complete database visible."""
    row = Database.objects.get(public_id=public_id, state=State.FILLING)
    settle(row, [*row.collections.all()])


def replace(public_id: str, *, by: str) -> None:
    """Let a database have the collections of another one, which is invisible and complete; that one gets the former
    storage and is dropped. Idempotent.

    Settings, keys and what refers to collections by their names stay. Writes that are acknowledged before this
    returns may be to the former collections. Raises `NotFound` where the database was dropped, and `Unavailable`
    while it moves to another cluster.
    """
    with transaction.atomic():
        row = Database.objects.select_for_update().filter(public_id=public_id, state=State.READY).first()
        other = Database.objects.select_for_update().get(public_id=by)
        if row is None:
            raise engine.NotFound(NOT_FOUND)
        if DatabaseMove.objects.filter(database_id=public_id).exists():
            refuse_moving()
        if other.state == State.FILLING:
            _exchange(row, other)
    wait_for_cache_expiry(public_id)


def _exchange(row: Database, other: Database) -> None:
    former, now = {"physical": row.physical, "cluster": row.cluster}, timezone.now()
    changes = {"state": State.DROPPING, "changed_at": now}
    Database.objects.filter(pk=other.pk).update(physical=naming.physical_database("x"), **changes)
    Database.objects.filter(pk=row.pk).update(
        physical=other.physical, cluster=other.cluster, entity_types=other.entity_types, changed_at=now
    )
    Database.objects.filter(pk=other.pk).update(**former)
    if other.cluster != row.cluster:
        _read_changes_from_now(row, other.cluster)
    present = {item.name: item for item in row.collections.filter(state=State.READY)}
    for item in other.collections.all():
        existing = present.pop(item.name, None)
        if existing is None:
            Collection.objects.filter(pk=item.pk).update(database=row, state=State.READY, changed_at=now)
        else:
            columns = {column: getattr(item, column) for column in COLLECTION_COLUMNS}
            Collection.objects.filter(pk=existing.pk).update(**columns, changed_at=now)
            existing.schema_versions.all().delete()
            item.schema_versions.update(collection=existing)
            item.delete()
    Collection.objects.filter(pk__in=[item.pk for item in present.values()]).delete()


def _read_changes_from_now(row: Database, cluster: str) -> None:
    """Let nobody continue on another cluster at a position of the former one."""
    now = change_stream(cluster).position()
    Database.objects.filter(pk=row.pk).update(moved=str(Moved(now, now)))
    for path in settings.DATABASE_MOVED:
        import_string(path)(row.public_id, now)


def abandon(public_id: str) -> None:
    """Give up a database that is not complete; `sweep` removes what was stored."""
    abandon_clone(public_id)


def _public_id(public_id: str) -> str:
    """Return the id for a restored database: its own, or a new one where that is in use."""
    row = Database.objects.filter(public_id=public_id).first()
    if row is None:
        return public_id
    if row.state == State.DROPPING:
        raise engine.Conflict(_DROPPING.format(public_id))
    return naming.new_id()
