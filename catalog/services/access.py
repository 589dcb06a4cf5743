"""From a principal and an id to a bound handle; entries are cached in the process for `CACHE_SECONDS`."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial

from django.conf import settings

import engine
from accounts.principal import ExternalIdentity, Principal
from accounts.ttl_cache import TtlCache
from catalog.limits import limits
from catalog.models import Collection, Database, State
from catalog.naming import is_id, name_fault

log = logging.getLogger("datacube.catalog")

# What a role calls the media archive, which is no collection.
FILES = "media"
NOT_FOUND = "Not found or access denied"


@dataclass(frozen=True)
class Entry:
    """The catalog's row of a database with its collections, as a request needs it."""

    id: str
    name: str
    team: int
    physical: str
    specs: Mapping[str, engine.Spec]
    public_schemas: frozenset[str] = frozenset()
    public_file_names: bool = False


# The database that the present request opened last, for whoever counts requests.
_opened: ContextVar[str | None] = ContextVar("opened", default=None)
_entries: TtlCache[Entry] = TtlCache(seconds=settings.CACHE_SECONDS)
_names: TtlCache[tuple[str, ...]] = TtlCache(seconds=settings.CACHE_SECONDS)


@engine.made_once
def store() -> engine.Store:
    """This process's connection to MongoDB, made at its first use."""
    return engine.Store(settings.MONGODB_URI, limits=limits(), key=settings.SECRET_KEY.encode())


def abort_orphaned_transactions() -> None:
    """Abort the transactions that killed processes of this host left open, so that they block no document.

    Logs a failure: without the rights, or while MongoDB is away, its own limit ends them later.
    """
    try:
        count = store().abort_orphaned_transactions()
    except engine.Error as error:
        log.warning("transactions of killed processes were not aborted: %s", error)
    else:
        if count:
            log.info("aborted %d transactions of killed processes", count)


@engine.made_once
def tail() -> engine.Tail:
    """This process's ear on what happens in MongoDB; it begins to listen with its first listener."""
    return engine.Tail(store())


def open_feed(
    principal: Principal, database_id: str, *, collection: str | None = None, published: bool = False
) -> engine.Feed:
    """The events of a database, with `published` its messages too; `NotFound` as `open_database` says."""
    database = open_database(principal, database_id, collection=collection)
    return engine.Feed(database, tail(), collection=collection, published=published)


def identify(principal: Principal, text: str) -> str:
    """The id of the database that a text means, by its id or by its name among those that the principal may see.

    Raises `NotFound`, which says so where several teams of the principal have one of that name.
    """
    if is_id(text) and _may_see(principal, text):
        return text
    if principal.outside is not None:
        return _of_external_user(principal, text)
    visible = _visible(principal, text) or _visible(principal, text, anew=True)
    if len(visible) > 1:
        raise engine.NotFound("Several databases have this name; use the id of the one that you mean.")
    if not visible:
        raise engine.NotFound(NOT_FOUND)
    return visible[0]


def _of_external_user(principal: Principal, text: str) -> str:
    """Their one database, by its name."""
    own = principal.scope.databases if principal.scope else None
    found = [entry.id for name in own or () if (entry := _entry(name)) and entry.name == text.lower()]
    if not found:
        raise engine.NotFound(NOT_FOUND)
    return found[0]


def _visible(principal: Principal, name: str, *, anew: bool = False) -> list[str]:
    """The databases of a name that the principal may see; `anew` forgets one that was dropped meanwhile."""
    teams = sorted(principal.teams)
    place = f"{teams} {name}"
    if anew:
        _names.forget(place)
    found = _names.get(place, load=partial(_ids_of_name, teams, name)) or ()
    return [database_id for database_id in found if _may_see(principal, database_id)]


def unknown_databases(principal: Principal, ids: Sequence[str]) -> set[str]:
    """Return those of some ids that are not databases which the principal can see."""
    unseen = [name for name in ids if not _may_see(principal, name)]
    for name in unseen:  # one may have been made just now, by another process
        forget(name)
    return {name for name in unseen if not _may_see(principal, name)}


def _may_see(principal: Principal, database_id: str) -> bool:
    entry = _entry(database_id)
    return entry is not None and bool(principal.actions(team_id=entry.team, database_id=entry.id))


def _ids_of_name(teams: list[int], name: str) -> tuple[str, ...] | None:
    if name_fault(name):
        return None
    rows = Database.objects.filter(team_id__in=teams, name=name.lower(), state=State.READY)
    return tuple(rows.values_list("public_id", flat=True)) or None


def open_database(
    principal: Principal, database_id: str, *, collection: str | None = None, surface: str = ""
) -> engine.Database:
    """A handle bound to the principal; `NotFound` alike for what is missing and what is somebody else's.

    A `collection` that is about to be used is looked up again when the cached entry lacks it. `surface` is what
    history names as the way by which changes came.
    """
    entry = _entry(database_id)
    allowed = principal.actions(team_id=entry.team, database_id=entry.id) if entry else frozenset()
    if not entry or not allowed:
        raise engine.NotFound(NOT_FOUND)
    if collection is not None and collection not in entry.specs:
        forget(database_id)
        entry = _entry(database_id)
        if entry is None:
            raise engine.NotFound(NOT_FOUND)
    _opened.set(entry.id)
    database = engine.Database(
        store=store(),
        id=entry.id,
        name=entry.name,
        physical=entry.physical,
        actor=principal.actor,
        allowed=allowed,
        specs=entry.specs,
        surface=surface,
    )
    return database if principal.outside is None else _narrowed(database, principal.outside)


def lock_database(database_id: str) -> None:
    """Keeps others who hold it waiting until the end of the transaction; raises `NotFound`."""
    if not Database.objects.select_for_update().filter(public_id=database_id, state=State.READY).first():
        raise engine.NotFound(NOT_FOUND)


def _narrowed(database: engine.Database, outside: ExternalIdentity) -> engine.Database:
    """What roles leave of a database; where nothing is left, it is there and empty."""
    return database.narrowed(
        {name: outside.actions_in(name) for name in database.specs},
        own=[name for name in database.specs if outside.sees_own_documents_only(name)],
        besides=outside.actions_in(FILES),
        channels=outside.publishes,
    )


def team_of(principal: Principal, database_id: str) -> int:
    """Whose a database is; `NotFound` as `open_database` says."""
    entry = _entry(open_database(principal, database_id).id)
    if entry is None:
        raise engine.NotFound(NOT_FOUND)
    return entry.team


def open_for_service(database_id: str, *, actor: str, collection: str | None = None) -> engine.Database:
    """A handle for what the service does by itself, off-request; `actor` is what is stamped."""
    entry = _entry(database_id)
    if entry is not None and collection is not None and collection not in entry.specs:
        forget(database_id)
        entry = _entry(database_id)
    if entry is None:
        raise engine.NotFound(NOT_FOUND)
    allowed = engine.DOCUMENT_ACTIONS
    return engine.Database(store(), entry.id, entry.name, entry.physical, actor, allowed, entry.specs, actor)


def public_specs(database_id: str) -> Mapping[str, engine.Spec] | None:
    """Return the collections that everybody may know: all with PUBLIC_SCHEMAS, else those that a setting of the
    database publishes; None where there are none.
    """
    entry = _entry(database_id)
    if entry is None or settings.PUBLIC_SCHEMAS:
        return entry.specs if entry else None
    return {name: spec for name, spec in entry.specs.items() if name in entry.public_schemas} or None


def open_public_files(database_id: str) -> engine.Shelf:
    """The files of a database for those who know their ids, or by a setting their names; raises `NotFound`."""
    entry = _entry(database_id)
    if entry is None:
        raise engine.NotFound(NOT_FOUND)
    return engine.Shelf(store(), entry.physical, by_name=entry.public_file_names)


def pop_opened_database() -> str | None:
    """The id of the database that was opened in this context since the last call, if any."""
    found = _opened.get()
    if found is not None:
        _opened.set(None)
    return found


def forget(database_id: str) -> None:
    """Makes this process look the entry up again; others do so within `CACHE_SECONDS`."""
    _entries.forget(database_id)


def spec_of(row: Collection, *, history: bool | None = None) -> engine.Spec:
    """What the engine needs of a row; `history` overrides what the row says."""
    schema, _ = engine.parse_schema(row.fields, limits=limits(), strict=row.strict)
    schema = replace(schema, rules=None if row.rules is None else engine.Rules(row.rules))
    since = row.history_since and row.history_since.astimezone(UTC).replace(tzinfo=None)
    kept = row.history if history is None else history
    return engine.Spec(row.name, row.physical, schema, history=kept, since=since, title_field=row.title_field)


def entry_of(database_id: str) -> Entry | None:
    """For other services of the catalog, which check for themselves who asks."""
    return _entry(database_id)


def _entry(database_id: str) -> Entry | None:
    return _entries.get(database_id, load=partial(_load, database_id)) if is_id(database_id) else None


def _load(database_id: str) -> Entry | None:
    row = Database.objects.filter(public_id=database_id, state=State.READY).first()
    if row is None:
        return None
    ready = row.collections.filter(state=State.READY).order_by("pk")
    return Entry(
        id=row.public_id,
        name=row.name,
        team=row.team_id,
        physical=row.physical,
        specs={item.name: spec_of(item) for item in ready},
        public_schemas=frozenset(row.rest.get("public_schemas", ())),
        public_file_names=bool(row.rest.get("public_file_names", False)),
    )
