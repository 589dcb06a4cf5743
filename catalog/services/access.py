"""Opens databases for principals; catalog entries are cached in the process for CACHE_SECONDS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings

import engine
from accounts.principal import AccountPrincipal, ExternalUserPrincipal, Principal, ScopedPrincipal
from accounts.ttl_cache import TtlCache
from catalog.limits import limits, without_writes
from catalog.models import Collection, Database, State
from catalog.naming import is_id, name_error
from catalog.restriction import restricted
from catalog.services.bounds.quotas import NO_QUOTA, Quota, bounded_for, quota_of
from catalog.services.stores.clusters import ClusterConnection, connection
from catalog.versions import versions
from engine.events import Moved
from engine.handles import ChangeFeed
from engine.schema import Rules, parse_schema

NOT_FOUND = "Not found or access denied"


@dataclass(frozen=True)
class Entry:
    """A cached catalog entry: a database with its collections."""

    id: str
    name: str
    team: int
    physical: str
    cluster: ClusterConnection
    specs: Mapping[str, engine.CollectionSpec]
    public_schemas: frozenset[str] = frozenset()
    public_file_names: bool = False
    entity_types: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    shared_id: str | None = None
    public: bool = False
    expires_at: datetime | None = None  # only of a database that belongs to nobody
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    quota: Quota = NO_QUOTA
    moving: bool = False
    moved: Moved | None = None


# The database that the current request opened last; read by usage counters.
_opened: ContextVar[str | None] = ContextVar("opened", default=None)
_entries: TtlCache[Entry] = TtlCache(seconds=settings.CACHE_SECONDS, version_of=lambda name: versions().of(name))
_names: TtlCache[tuple[str, ...]] = TtlCache(seconds=settings.CACHE_SECONDS)


def open_feed(
    principal: Principal, database_id: str, *, collection: str | None = None, published: bool = False
) -> ChangeFeed:
    """Open the change feed of a database, with `published` also its published messages. Raises `NotFound`."""
    database = open_database(principal, database_id, collection=collection)
    entry = known_entry(database.id)
    changes = entry.cluster.change_stream
    return ChangeFeed(database, changes, collection=collection, published=published, moved=entry.moved)


def resolve_database_id(principal: Principal, text: str) -> str:
    """Return the id of the database with this id or name that the principal may see.

    Raises `NotFound`, also if several of the principal's teams have a database of that name.
    """
    if is_id(text) and _may_see(principal, text):
        return text
    if isinstance(principal, AccountPrincipal):
        visible = _visible(principal, text) or _visible(principal, text, refresh=True)
    else:
        visible = _own_database(principal, text)
    if len(visible) > 1:
        raise engine.NotFound("Several databases have this name; use the id of the one that you mean.")
    if not visible:
        raise engine.NotFound(NOT_FOUND)
    return visible[0]


def only_database_id(principal: AccountPrincipal) -> str:
    """Return the id of the one database that the principal may see.

    Raises `NotFound` without one, and `Invalid` for several.
    """
    ids = [database_id for database_id in _candidates(principal) if _may_see(principal, database_id)]
    if not ids:
        raise engine.NotFound(NOT_FOUND)
    if len(ids) > 1:
        raise engine.Invalid("This credential opens several databases; name one of them in the address.")
    return ids[0]


def _candidates(principal: AccountPrincipal) -> tuple[str, ...]:
    """Return the databases that a scope names or, without one, at least two of those of the teams."""
    scope = principal.scope.databases if isinstance(principal, ScopedPrincipal) else None
    if scope is not None:
        return tuple(scope)
    teams = sorted(principal.teams)
    return _names.get(f"{teams}", load=partial(_first_ids, teams)) or ()


def _first_ids(teams: list[int]) -> tuple[str, ...] | None:
    rows = Database.objects.filter(team_id__in=teams, state=State.READY).order_by("pk")
    return tuple(rows.values_list("public_id", flat=True)[:2]) or None


def _own_database(principal: Principal, name: str) -> list[str]:
    """Return the id of an external user's only database if it has this name."""
    entry = entry_of(principal.database_id) if isinstance(principal, ExternalUserPrincipal) else None
    return [entry.id] if entry is not None and entry.name == name.lower() else []


def _visible(principal: AccountPrincipal, name: str, *, refresh: bool = False) -> list[str]:
    """Return the ids of the visible databases of a name. `refresh` bypasses the cache."""
    teams = sorted(principal.teams)
    cache_key = f"{teams} {name}"
    if refresh:
        _names.invalidate(cache_key)
    ids = _names.get(cache_key, load=partial(_ids_of_name, teams, name)) or ()
    return [database_id for database_id in ids if _may_see(principal, database_id)]


def unknown_databases(principal: Principal, ids: Sequence[str]) -> set[str]:
    """Return those of some ids that are not databases which the principal can see."""
    unseen = [name for name in ids if not _may_see(principal, name)]
    for name in unseen:  # another process may have just created it
        forget(name)
    return {name for name in unseen if not _may_see(principal, name)}


def _may_see(principal: Principal, database_id: str) -> bool:
    entry = entry_of(database_id)
    return entry is not None and bool(principal.actions(team_id=entry.team, database_id=entry.id))


def _ids_of_name(teams: list[int], name: str) -> tuple[str, ...] | None:
    if name_error(name):
        return None
    rows = Database.objects.filter(team_id__in=teams, name=name.lower(), state=State.READY)
    return tuple(rows.values_list("public_id", flat=True)) or None


def open_database(
    principal: Principal,
    database_id: str,
    *,
    collection: str | None = None,
    surface: str = "",
    refresh: bool = False,
) -> engine.Database:
    """Open a database for the principal. Raises the same `NotFound` for a missing and an inaccessible database.

    `refresh` bypasses the cache, and so does an unknown `collection`. History records `surface` as the origin.
    """
    if refresh:
        forget(database_id)
    entry = entry_of(database_id)
    allowed = principal.actions(team_id=entry.team, database_id=entry.id) if entry else frozenset()
    if not entry or not allowed:
        raise engine.NotFound(NOT_FOUND)
    entry = _with_collection(entry, collection)
    _opened.set(entry.id)
    database = engine.Database(
        store=entry.cluster.store,
        id=entry.id,
        name=entry.name,
        physical=entry.physical,
        actor=principal.actor,
        allowed=bounded_for(entry, allowed),
        specs=entry.specs,
        surface=surface,
    )
    opened = restricted(database, principal)
    return without_writes(opened) if entry.moving else opened


def lock_database(database_id: str) -> None:
    """Lock the database row until the transaction ends (SELECT ... FOR UPDATE). Raises `NotFound`."""
    if not Database.objects.select_for_update().filter(public_id=database_id, state=State.READY).first():
        raise engine.NotFound(NOT_FOUND)


def team_of(principal: Principal, database_id: str) -> int:
    """Return the id of the team that owns a database. Raises `NotFound` as `open_database` does."""
    return known_entry(open_database(principal, database_id).id).team


def open_for_service(database_id: str, *, actor: str, collection: str | None = None) -> engine.Database:
    """Open a database for background work of the service; `actor` is stamped on its changes."""
    entry = _with_collection(known_entry(database_id), collection)
    allowed = engine.DOCUMENT_ACTIONS
    store = entry.cluster.store
    opened = engine.Database(store, entry.id, entry.name, entry.physical, actor, allowed, entry.specs, actor)
    return without_writes(opened) if entry.moving else opened


def pop_opened_database() -> str | None:
    """Return and reset the id of the database that was last opened in this context, or None."""
    database_id = _opened.get()
    if database_id is not None:
        _opened.set(None)
    return database_id


def invalidate(database_id: str) -> None:
    """Let the processes of this host load a changed entry again; those of others do so within CACHE_SECONDS."""
    versions().change(database_id)
    forget(database_id)


def forget(database_id: str) -> None:
    """Let this process load an entry again, because it may be behind."""
    _entries.invalidate(database_id)


def spec_of(row: Collection) -> engine.CollectionSpec:
    """Return the engine's specification of a collection row."""
    schema, _ = parse_schema(row.fields, limits=limits(), strict=row.strict)
    schema = replace(schema, rules=None if row.rules is None else Rules(row.rules))
    since = row.history_since and row.history_since.astimezone(UTC).replace(tzinfo=None)
    return engine.CollectionSpec(
        row.name, row.physical, schema, history=row.history, since=since, title_field=row.title_field
    )


def entry_of(database_id: str) -> Entry | None:
    """Return the entry of a database, or None. Callers must check permissions themselves."""
    return _entries.get(database_id, load=partial(_load, database_id)) if is_id(database_id) else None


def known_entry(database_id: str) -> Entry:
    """Return the entry of a database as `entry_of`. Raises `NotFound`."""
    entry = entry_of(database_id)
    if entry is None:
        raise engine.NotFound(NOT_FOUND)
    return entry


def _with_collection(entry: Entry, name: str | None) -> Entry:
    """Return the entry, loaded again if it lacks the collection. Raises `NotFound` if the database is gone."""
    if name is None or name in entry.specs:
        return entry
    forget(entry.id)
    return known_entry(entry.id)


def _load(database_id: str) -> Entry | None:
    row = Database.objects.filter(public_id=database_id, state=State.READY).select_related("team").first()
    if row is None or row.team is None:
        return None
    ready = list(row.collections.filter(state=State.READY).order_by("pk"))
    return Entry(
        id=row.public_id,
        name=row.name,
        team=row.team.pk,
        physical=row.physical,
        cluster=connection(row.cluster),
        specs={item.name: spec_of(item) for item in ready},
        public_schemas=frozenset(row.rest.get("public_schemas", ())),
        public_file_names=bool(row.rest.get("public_file_names", False)),
        entity_types=row.entity_types,
        shared_id=row.shared_id,
        public=row.public,
        expires_at=row.expires_at,
        attributes=row.attributes,
        tables={item.name: item.table for item in ready},
        quota=quota_of(row.team.limits),
        moving=row.moving,
        moved=Moved.parse(row.moved),
    )
