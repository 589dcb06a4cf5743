"""The whole content of a database, which a job (the filler) fills while it is invisible, and publishes at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

import engine
from catalog.definitions import CollectionDefinition
from catalog.limits import limits
from catalog.locking import check_unlocked
from catalog.models import Collection, Database, State
from catalog.services.access import NOT_FOUND, invalidate, spec_of
from catalog.services.creation import make_collections
from catalog.services.deletion import wait_for_cache_expiry
from catalog.services.stores.clusters import store
from engine.jobs import drop_storage
from engine.schema import parse_schema


@dataclass(frozen=True)
class CollectionContent:
    """A collection to be filled with the `filling` fields, and published with the name, `fields` and `table`."""

    name: str
    fields: Sequence[Mapping[str, Any]]
    filling: Sequence[Mapping[str, Any]]
    table: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "fields": [*self.fields], "filling": [*self.filling], "table": self.table}


def open_contents(
    database_id: str, *, filler: str, contents: Sequence[CollectionContent], actor: str
) -> list[engine.Collection] | None:
    """Open the collections that `filler` fills, created at the first call; None once they are published.

    Raises `NotFound` if the database has been dropped, and `Forbidden` if its structure is locked.
    """
    parent = _parent(database_id)
    rows = _rows(parent, filler)
    if any(row.state == State.READY for row in rows):
        return None
    check_unlocked(parent)
    present = {row.name for row in rows}
    definitions = [_definition(filler, number, content) for number, content in enumerate(contents)]
    missing = [item for item in definitions if item.name not in present]
    rows += make_collections(parent, missing, state=State.FILLING, filler=filler) if missing else []
    by_name = {row.name: row for row in rows}
    into = store(parent.cluster)
    return [
        engine.Collection(into, parent.physical, spec_of(by_name[item.name]), actor, engine.ALL_ACTIONS)
        for item in definitions
    ]


def publish_contents(
    database_id: str, *, filler: str, contents: Sequence[CollectionContent], attributes: Mapping[str, Any]
) -> list[str]:
    """Publish what `filler` filled in the place of all collections, and return the names of these. Idempotent.

    Raises `NotFound` and `Forbidden` as `open_contents`. Returns when every process uses the new content.
    """
    with transaction.atomic():
        parent = _parent(database_id, lock=True)
        rows = {row.name: row for row in _rows(parent, filler)}
        if any(row.state == State.READY for row in rows.values()):
            return []
        check_unlocked(parent)
        previous = list(parent.collections.select_for_update().filter(state=State.READY))
        _mark([row.pk for row in previous])
        for number, content in enumerate(contents):
            _publish(rows[_filling_name(filler, number)], content)
        parent.attributes = {**parent.attributes, **attributes, "table_order": [item.name for item in contents]}
        parent.entity_types, parent.state = {}, State.READY
        parent.save(update_fields=["attributes", "entity_types", "state", "changed_at"])
    invalidate(database_id)
    if previous:
        wait_for_cache_expiry(database_id)
    for row in previous:
        drop_storage(store(parent.cluster), parent.physical, row.physical)
    return [row.name for row in previous]


def abandon_contents(database_id: str, *, filler: str) -> None:
    """Abandon what `filler` has not published, and a database that is new; `sweep` removes the storage."""
    changes = {"state": State.DROPPING, "changed_at": timezone.now()}
    rows = Collection.objects.filter(database__public_id=database_id, filler=filler, state=State.FILLING)
    rows.update(**changes)
    Database.objects.filter(public_id=database_id, state=State.FILLING).update(**changes)


def _publish(row: Collection, content: CollectionContent) -> None:
    row.name, row.fields, row.table, row.state = content.name, [*content.fields], dict(content.table), State.READY
    row.save(update_fields=["name", "fields", "table", "state", "changed_at"])


def _parent(database_id: str, *, lock: bool = False) -> Database:
    rows = Database.objects.select_for_update() if lock else Database.objects.all()
    row = rows.filter(public_id=database_id, state__in=(State.READY, State.FILLING)).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    return row


def _rows(parent: Database, filler: str) -> list[Collection]:
    return list(parent.collections.filter(filler=filler).exclude(state=State.DROPPING))


def _definition(filler: str, number: int, content: CollectionContent) -> CollectionDefinition:
    schema, _ = parse_schema([*content.filling], limits=limits())
    return CollectionDefinition(_filling_name(filler, number), schema)


def _filling_name(filler: str, number: int) -> str:
    """Return a name that no collection of a caller can have."""
    return f"{filler}:{number}"


def _mark(keys: Sequence[int]) -> None:
    rows = Collection.objects.filter(pk__in=keys)
    rows.update(state=State.DROPPING, changed_at=timezone.now())
