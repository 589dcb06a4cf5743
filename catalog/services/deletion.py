"""The end of databases and collections, and of what a crash left behind.

Storage is removed twice: by the drop, and by `sweep` once no write that was begun before can still be under way.
MongoDB makes a collection anew for a write that comes too late, and such storage would be nobody's.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

import engine
from accounts.principal import Principal
from catalog.models import Collection, Database, State
from catalog.services.access import NOT_FOUND, forget, open_database, store

_CREATING_SECONDS = 120
_LATE_SECONDS = 5
# A look-up that was under way when the entry went, and a write that was begun with what it found.
UNDER_WAY_SECONDS = 0.2


def drop_database(principal: Principal, database_id: str, *, confirmation: Any) -> str:
    """Drops it for good and answers its name; `confirmation` must equal the name, whatever the case."""
    database = open_database(principal, database_id)
    database.require(engine.Action.OWN)
    if type(confirmation) is not str or confirmation.lower() != database.name:
        raise engine.Invalid.of_field("confirmation", "Must be the name of the database.")
    row = Database.objects.filter(public_id=database.id, state=State.READY).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    drop_row(row)
    return database.name


def discard_new_database(principal: Principal, database_id: str) -> None:
    """Drop a database that the principal has created and that has no collection. Raises `NotFound`."""
    row = Database.objects.filter(
        public_id=database_id, created_by=principal.user_id, team__in=principal.teams, state=State.READY
    ).first()
    if row is None or row.collections.filter(state=State.READY).exists():
        raise engine.NotFound(NOT_FOUND)
    drop_row(row)


def drop_row(row: Database) -> None:
    """Drop a database that may be dropped. Raises `NotFound` where another caller drops it."""
    if not _mark(Database.objects.filter(pk=row.pk, state=State.READY)):
        raise engine.NotFound(NOT_FOUND)
    wait_for_cache_expiry(row.public_id)
    store().drop_database(row.physical)


def drop_databases_of_teams(principal: Principal, team_ids: Sequence[int]) -> int:
    """Drops all that teams own whose only owner is about to be deleted; answers how many databases that were."""
    if any(principal.teams.get(team) != "owner" for team in team_ids):
        raise engine.Forbidden("This needs the permission 'own'.")
    rows = list(Database.objects.filter(team_id__in=team_ids).exclude(state=State.DROPPING))
    gone = {"state": State.DROPPING, "changed_at": timezone.now(), "team": None, "created_by": None}
    Database.objects.filter(team_id__in=team_ids).update(**gone)
    if rows:
        wait_for_cache_expiry(*(row.public_id for row in rows))
    for row in rows:
        store().drop_database(row.physical)
    return len(rows)


def reassign_databases(principal: Principal, new_owners: Mapping[int, int]) -> None:
    """Names somebody else, by team, as the maker of what the principal made; nobody of what is dropped anyhow."""
    made = Database.objects.filter(created_by=principal.user_id)
    for team, heir in new_owners.items():
        made.filter(team=team).update(created_by=heir)
    made.filter(state=State.DROPPING).update(created_by=None)


def drop_collections(principal: Principal, database_id: str, *, names: Any) -> list[str]:
    """Drops all of them for good, or none when one is unknown."""
    if type(names) is not list or not names or not all(type(name) is str for name in names):
        raise engine.Invalid.of_field("collection_names", "Must be an array of at least one name.")
    names = list(dict.fromkeys(names))
    if len(names) > settings.MAX_COLLECTIONS:
        text = f"A database has at most {settings.MAX_COLLECTIONS} collections (MAX_COLLECTIONS)."
        raise engine.Invalid.of_field("collection_names", text)
    database = open_database(principal, database_id, collection=names[0])
    database.require(engine.Action.OWN)
    ready = Collection.objects.filter(database__public_id=database.id, state=State.READY)
    found = [row for row in ready.select_related("database") if row.name in names]
    unknown = sorted(set(names) - {row.name for row in found})
    if unknown:
        raise engine.Invalid.of_field("collection_names", f"Collections not in metadata: {', '.join(unknown)}")
    _mark(Collection.objects.filter(pk__in=[row.pk for row in found], state=State.READY))
    wait_for_cache_expiry(database.id)
    for row in found:
        engine.drop_storage(store(), row.database.physical, row.physical)
    return names


def sweep() -> int:
    """Finishes what a crash left half made or half dropped; answers how many entries went."""
    now = timezone.now()
    dropping = now - timedelta(seconds=settings.CACHE_SECONDS + settings.WRITE_SECONDS + _LATE_SECONDS)
    creating = now - timedelta(seconds=_CREATING_SECONDS)
    stale = Q(state=State.DROPPING, changed_at__lt=dropping) | Q(state=State.CREATING, changed_at__lt=creating)
    collections = list(Collection.objects.filter(stale).select_related("database"))
    databases = list(Database.objects.filter(stale))
    for row in collections:
        _remove_collection(row)
    for row in databases:
        _remove_database(row)
    return len(collections) + len(databases)


def _mark(rows: QuerySet[Any]) -> int:
    return rows.update(state=State.DROPPING, changed_at=timezone.now())


def wait_for_cache_expiry(*database_ids: str) -> None:
    """Waits until no process has the entries cached, so that none acknowledges a write to what is being dropped."""
    for database_id in database_ids:
        forget(database_id)
    time.sleep(settings.CACHE_SECONDS + UNDER_WAY_SECONDS)
    for database_id in database_ids:
        forget(database_id)


def _remove_collection(row: Collection) -> None:
    engine.drop_storage(store(), row.database.physical, row.physical)
    Collection.objects.filter(pk=row.pk).delete()


def _remove_database(row: Database) -> None:
    store().drop_database(row.physical)
    Database.objects.filter(pk=row.pk).delete()
