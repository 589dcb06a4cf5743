"""Deletion of databases and collections, and cleanup after crashes.

Storage is removed twice: by the drop, and by `sweep` once no earlier write can be in progress any more. MongoDB
recreates a collection for a late write, and that storage would have no owner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

import engine
from accounts.principal import AccountPrincipal, Principal
from accounts.services.principals import owners_of_teams
from audit import services as audit
from catalog.locking import check_unlocked
from catalog.models import Collection, Database, State
from catalog.services.access import NOT_FOUND, invalidate, open_database
from catalog.services.stores.clusters import store
from catalog.waiting import wait
from engine.jobs import drop_storage

_CREATING_SECONDS = 120
_LATE_SECONDS = 5
# Time for a look-up that was in progress when the entry changed, and for a write that used its result.
UNDER_WAY_SECONDS = 0.2


def drop_database(principal: Principal, database_id: str, *, confirmation: Any) -> str:
    """Drop a database permanently and return its name. `confirmation` must equal the name in any case."""
    database = open_database(principal, database_id)
    database.require(engine.Action.OWN)
    if type(confirmation) is not str or confirmation.lower() != database.name:
        raise engine.Invalid.of_field("confirmation", "Must be the name of the database.")
    row = Database.objects.filter(public_id=database.id, state=State.READY).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    drop_row(row, actor=principal.actor)
    return database.name


def discard_new_database(principal: AccountPrincipal, database_id: str) -> None:
    """Drop a database that the principal created and that has no collections. Raises `NotFound`."""
    row = Database.objects.filter(
        public_id=database_id, created_by=principal.user_id, team__in=principal.teams, state=State.READY
    ).first()
    if row is None or row.collections.filter(state=State.READY).exists():
        raise engine.NotFound(NOT_FOUND)
    drop_row(row, actor=principal.actor)


def drop_row(row: Database, *, actor: str) -> None:
    """Drop a database without a check of permissions. Raises `NotFound` if another caller is dropping it."""
    with transaction.atomic():
        if not _mark(Database.objects.filter(pk=row.pk, state=State.READY)):
            raise engine.NotFound(NOT_FOUND)
        _audit_drop(row, actor)
    wait_for_cache_expiry(row.public_id)
    store(row.cluster).drop_database(row.physical)


def _audit_drop(row: Database, actor: str) -> None:
    audit.record("database.drop", actor=actor, team=row.team_id, target=row.name, database=row.public_id)


def drop_databases_of_teams(principal: AccountPrincipal, team_ids: Sequence[int]) -> int:
    """Drop all databases of teams that are deleted with their owner, and return their number."""
    if any(principal.teams.get(team) != "owner" for team in team_ids):
        raise engine.Forbidden("This needs the permission 'own'.")
    rows = list(Database.objects.filter(team_id__in=team_ids).exclude(state=State.DROPPING))
    changes = {"state": State.DROPPING, "changed_at": timezone.now(), "team": None, "created_by": None}
    with transaction.atomic():
        for row in rows:
            _audit_drop(row, principal.actor)
        Database.objects.filter(team_id__in=team_ids).update(**changes)
    if rows:
        wait_for_cache_expiry(*(row.public_id for row in rows))
    for row in rows:
        store(row.cluster).drop_database(row.physical)
    return len(rows)


def reassign_databases(principal: AccountPrincipal, new_owners: Mapping[int, int]) -> None:
    """Set new creators of the databases that the principal created; none for those being dropped.

    `new_owners` are those of the principal's teams. In a team that the principal has left it is an owner.
    """
    databases = Database.objects.filter(created_by=principal.user_id)
    left = set(databases.exclude(team__in=principal.teams).values_list("team", flat=True)) - {None}
    for team, new_owner in (owners_of_teams(left) | dict(new_owners)).items():
        databases.filter(team=team).update(created_by=new_owner)
    databases.filter(state=State.DROPPING).update(created_by=None)


def drop_collections(principal: Principal, database_id: str, *, names: Any) -> list[str]:
    """Drop collections permanently and return their names. Raises `Invalid` and drops nothing if one is unknown."""
    if type(names) is not list or not names or not all(type(name) is str for name in names):
        raise engine.Invalid.of_field("collection_names", "Must be an array of at least one name.")
    unique: list[str] = list(dict.fromkeys(names))
    if len(unique) > settings.MAX_COLLECTIONS:
        text = f"A database has at most {settings.MAX_COLLECTIONS} collections (MAX_COLLECTIONS)."
        raise engine.Invalid.of_field("collection_names", text)
    database = open_database(principal, database_id, collection=unique[0])
    database.require(engine.Action.OWN)
    ready = Collection.objects.filter(database__public_id=database.id, state=State.READY)
    rows = [row for row in ready.select_related("database") if row.name in unique]
    unknown = sorted(set(unique) - {row.name for row in rows})
    if unknown:
        raise engine.Invalid.of_field("collection_names", f"Collections not in metadata: {', '.join(unknown)}")
    check_unlocked(rows[0].database)
    with transaction.atomic():
        _mark(Collection.objects.filter(pk__in=[row.pk for row in rows], state=State.READY))
        _forget_entity_types(database.id, unique)
        for row in rows:
            audit.record(
                "collection.drop",
                actor=principal.actor,
                team=row.database.team_id,
                target=row.name,
                database=database.id,
            )
    wait_for_cache_expiry(database.id)
    for row in rows:
        drop_storage(store(row.database.cluster), row.database.physical, row.physical)
    return unique


def _forget_entity_types(database_id: str, titles: Sequence[str]) -> None:
    """Remove the declared entity types of collections: a new collection of the name would have them."""
    row = Database.objects.select_for_update().get(public_id=database_id)
    types = {title: declaration for title, declaration in row.entity_types.items() if title not in titles}
    if types != row.entity_types:
        Database.objects.filter(pk=row.pk).update(entity_types=types)


def sweep() -> int:
    """Remove entries that a crash left half created or half dropped, and return their number."""
    now = timezone.now()
    dropping = now - timedelta(seconds=settings.CACHE_SECONDS + settings.WRITE_SECONDS + _LATE_SECONDS)
    creating = now - timedelta(seconds=_CREATING_SECONDS)
    stale = Q(state=State.DROPPING, changed_at__lt=dropping) | Q(state=State.CREATING, changed_at__lt=creating)
    collections = list(Collection.objects.filter(stale).select_related("database"))
    databases = list(Database.objects.filter(stale))
    for collection in collections:
        _remove_collection(collection)
    for database in databases:
        _remove_database(database)
    return len(collections) + len(databases)


def _mark(rows: QuerySet[Any]) -> int:
    return rows.update(state=State.DROPPING, changed_at=timezone.now())


def wait_for_cache_expiry(*database_ids: str) -> None:
    """Wait until the entries have expired from every process's cache (CACHE_SECONDS + 0.2 s)."""
    for database_id in database_ids:
        invalidate(database_id)
    wait(settings.CACHE_SECONDS + UNDER_WAY_SECONDS)
    for database_id in database_ids:
        invalidate(database_id)


def _remove_collection(row: Collection) -> None:
    drop_storage(store(row.database.cluster), row.database.physical, row.physical)
    Collection.objects.filter(pk=row.pk).delete()


def _remove_database(row: Database) -> None:
    store(row.cluster).drop_database(row.physical)
    if row.expires_at is not None:
        for path in settings.DATABASE_EXPIRED:
            import_string(path)(row.public_id)
    Database.objects.filter(pk=row.pk).delete()
