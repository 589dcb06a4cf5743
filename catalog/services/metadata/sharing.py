"""Ids by which databases are shared, and who may read a database because its id is known."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

import engine
from accounts.principal import AccountPrincipal, Principal, Scope, ScopedPrincipal, VisitorPrincipal
from accounts.ttl_cache import TtlCache
from catalog.models import Database, State
from catalog.naming import is_id, new_readonly_id, new_shared_id
from catalog.services.access import NOT_FOUND, Entry, entry_of, forget, open_database
from catalog.services.deletion import wait_for_cache_expiry
from catalog.services.metadata import anonymous

_MAX_ID_LENGTH = 100
_ids: TtlCache[str] = TtlCache(seconds=settings.CACHE_SECONDS)


def caller_in(principal: Principal, shared_id: str) -> tuple[Principal, str]:
    """Return who acts on the database of a shared id, and its id in the catalog.

    That is the principal or, where the principal has no role, the owner of a database that belongs to nobody, or a
    visitor of a public one. Raises the same `NotFound` for a missing and an inaccessible database.
    """
    entry = _entry_of_shared_id(shared_id)
    if entry is not None and principal.actions(team_id=entry.team, database_id=entry.id):
        return principal, entry.id
    if entry is not None and entry.expires_at is not None:
        return anonymous.owner_of(entry, principal), entry.id
    if entry is not None and entry.public:
        return VisitorPrincipal(database_id=entry.id), entry.id
    raise engine.NotFound(NOT_FOUND)


def caller_of_link(readonly_id: str) -> tuple[VisitorPrincipal, str]:
    """Return the visitor of a read-only link, and the id of its database in the catalog. Raises `NotFound`.

    Read from SQL each time: a replaced link is invalid at once.
    """
    live = Database.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), state=State.READY)
    row = live.filter(readonly_id=readonly_id) if _is_text(readonly_id) else None
    database_id = row.values_list("public_id", flat=True).first() if row is not None else None
    if database_id is None:
        raise engine.NotFound(NOT_FOUND)
    return VisitorPrincipal(database_id=database_id), database_id


def reader_of(principal: AccountPrincipal, database_id: str) -> AccountPrincipal:
    """Return who copies a database that the principal may read by its address: the principal, if it has a role.

    Otherwise a principal that may read this database and do nothing else. Raises `NotFound`.
    """
    entry = entry_of(database_id)
    if entry is None:
        raise engine.NotFound(NOT_FOUND)
    if principal.actions(team_id=entry.team, database_id=entry.id):
        return principal
    return ScopedPrincipal(
        actor=principal.actor,
        user_id=principal.user_id,
        verified=principal.verified,
        teams={entry.team: "viewer"},
        home_team=entry.team,
        scope=Scope(frozenset({engine.Action.READ}), frozenset({entry.id})),
    )


def shared_id_of(database_id: str) -> str:
    """Return the id that this dialect shows for a database of the catalog."""
    entry = entry_of(database_id)
    return (entry and entry.shared_id) or database_id


def regenerate_shared_id(principal: Principal, database_id: str) -> str:
    """Replace the shared id and return the new one. Needs `design`. No process knows the previous one then."""
    database = open_database(principal, database_id)
    database.require(engine.Action.DESIGN)
    shared_id = new_shared_id(database.name)
    Database.objects.filter(public_id=database.id).update(shared_id=shared_id)
    wait_for_cache_expiry(database.id)
    return shared_id


def regenerate_readonly_id(principal: Principal, database_id: str) -> str:
    """Replace the id of the read-only link and return the new one. Needs `design`."""
    open_database(principal, database_id).require(engine.Action.DESIGN)
    readonly_id = new_readonly_id()
    Database.objects.filter(public_id=database_id).update(readonly_id=readonly_id)
    return readonly_id


def _entry_of_shared_id(text: str) -> Entry | None:
    database_id = _ids.get(text, load=partial(_load, text)) if _is_text(text) else None
    if database_id is None:
        return None
    entry = entry_of(database_id)
    if entry is None or _address(entry) != text:
        forget(database_id)  # the cached entry may precede the id
        entry = entry_of(database_id)
    return entry if entry is not None and _address(entry) == text else None


def _address(entry: Entry) -> str:
    return entry.shared_id or entry.id


def _load(text: str) -> str | None:
    rows = Database.objects.filter(shared_id=text, state=State.READY)
    if is_id(text):
        rows |= Database.objects.filter(public_id=text, shared_id=None, state=State.READY)
    return rows.values_list("public_id", flat=True).first()


def _is_text(text: str) -> bool:
    return 0 < len(text) <= _MAX_ID_LENGTH and "\0" not in text
