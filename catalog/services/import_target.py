"""Collections that an import (the filler) fills while they are invisible."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

import engine
from accounts.principal import Principal
from catalog.definitions import CollectionDefinition
from catalog.locking import check_unlocked
from catalog.models import Collection, Database, State
from catalog.services.access import NOT_FOUND, open_database, spec_of
from catalog.services.creation import make_collections, settle


def open_filling(
    principal: Principal, database_id: str, name: str, *, filler: str, schema: engine.Schema | None = None
) -> engine.Collection | None:
    """Open the collection that `filler` fills, created at the first call; None once it is published.

    `schema` is its initial schema. Needs `design`; raises `Conflict` if another collection has the name.
    """
    database = open_database(principal, database_id)
    database.require(engine.Action.DESIGN)
    row = _rows(database.id, filler).exclude(state=State.DROPPING).first()
    if row is None:
        parent = Database.objects.get(public_id=database.id)
        check_unlocked(parent)
        definitions = [CollectionDefinition(name, schema or engine.Schema())]
        (row,) = make_collections(parent, definitions, state=State.FILLING, filler=filler)
    if row.state == State.READY:
        return None
    return engine.Collection(database.store, database.physical, spec_of(row), database.actor, database.allowed)


def publish(database_id: str, *, filler: str, schema: engine.Schema) -> None:
    """Publish the collection that `filler` filled, with `schema`. Idempotent.

    Raises `NotFound` if the database has been dropped.
    """
    rows = _rows(database_id, filler).filter(database__state=State.READY).exclude(state=State.DROPPING)
    row = rows.select_related("database").first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    if row.state == State.READY:
        return
    row.fields = schema.as_list()
    row.save(update_fields=["fields"])
    settle(row.database, [row])


def abandon_filling(database_id: str, *, filler: str) -> None:
    """Abandon the unpublished collection of `filler`; `sweep` removes its storage."""
    _rows(database_id, filler).filter(state=State.FILLING).update(state=State.DROPPING, changed_at=timezone.now())


def _rows(database_id: str, filler: str) -> QuerySet[Collection]:
    return Collection.objects.filter(database__public_id=database_id, filler=filler)
