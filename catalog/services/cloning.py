"""Clones of databases: a job fills the new database, which is invisible until it is published."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import engine
from accounts.principal import AccountPrincipal, Principal
from catalog import naming
from catalog.models import Collection, Database, State
from catalog.services.access import NOT_FOUND, entry_of, invalidate, open_database, spec_of
from catalog.services.creation import check_may_create, new_row, settle
from catalog.services.stores.clusters import store
from engine.jobs import FileClone, make_storage


def begin_clone(
    principal: AccountPrincipal, database_id: str, *, name: object, reader: Principal | None = None
) -> str:
    """Reserve the name of a clone and return its id. The clone is invisible until `publish_clone`.

    `reader` is who reads the source, where that is not the principal.
    """
    source = open_database(reader or principal, database_id)
    source.require(engine.Action.READ)
    check_may_create(principal)
    lowered = name.lower() if type(name) is str else name
    if text := naming.name_error(lowered, reserved=naming.RESERVED_DATABASES):
        raise engine.Invalid.of_field("name", text)
    with transaction.atomic():
        row = new_row(principal, str(lowered), field="name")
        declared = entry_of(source.id)
        types = dict(declared.entity_types) if declared else {}
        attributes = {**declared.attributes, "title": ""} if declared else {}
        filling = {"state": State.FILLING, "entity_types": types, "attributes": attributes}
        Database.objects.filter(pk=row.pk).update(**filling)
        if len(source.specs) > settings.MAX_COLLECTIONS:
            raise engine.TooLarge(
                f"A database has at most {settings.MAX_COLLECTIONS} collections (MAX_COLLECTIONS)."
            )
        originals = Collection.objects.filter(database__public_id=source.id, state=State.READY)
        for original in originals.order_by("pk"):
            _copy_row(original, row)
    return row.public_id


def open_clone(
    principal: Principal, source_id: str, clone_id: str
) -> list[tuple[engine.Collection, engine.Collection]]:
    """Create the clone's storage; return pairs of the source's collections and the clone's.

    Empty once the clone is published. Raises `NotFound` if either database is missing, `Conflict` for a dropped
    collection.
    """
    row = _row(clone_id)
    if row.state == State.READY:
        return []
    source = open_database(principal, source_id)
    pairs, into = [], store(row.cluster)
    for item in row.collections.filter(state=State.FILLING).order_by("pk"):
        if item.name not in source.specs:
            raise engine.Conflict(f"The collection {item.name!r} was dropped during the clone.")
        make_storage(into, row.physical, [spec_of(item)])
        target = engine.Collection(into, row.physical, spec_of(item), source.actor, engine.ALL_ACTIONS)
        pairs.append((source.collection(item.name), target))
    return pairs


def open_clone_files(principal: Principal, source_id: str, clone_id: str, *, at: datetime) -> FileClone | None:
    """Return the copy of the source's files; None once the clone is published. Raises `NotFound`."""
    row = _row(clone_id)
    if row.state == State.READY:
        return None
    return FileClone(open_database(principal, source_id), store(row.cluster), row.physical, at)


def _row(clone_id: str) -> Database:
    row = Database.objects.filter(public_id=clone_id).exclude(state=State.DROPPING).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    return row


def publish_clone(clone_id: str, *, at: datetime) -> None:
    """Publish the clone, whose history starts at `at` (naive UTC). Idempotent."""
    row = Database.objects.filter(public_id=clone_id, state=State.FILLING).first()
    if row is None:
        return
    row.collections.filter(history=True).update(history_since=at.replace(tzinfo=UTC))
    settle(row, list(row.collections.filter(state=State.FILLING)))
    invalidate(clone_id)


def abandon_clone(clone_id: str) -> None:
    """Abandon an unpublished clone; `sweep` removes its storage."""
    filling = Database.objects.filter(public_id=clone_id, state=State.FILLING)
    for row in filling:
        row.collections.update(state=State.DROPPING, changed_at=timezone.now())
    filling.update(state=State.DROPPING, changed_at=timezone.now())


def _copy_row(original: Collection, row: Database) -> None:
    Collection.objects.create(
        database=row,
        name=original.name,
        physical=naming.physical_collection(original.name),
        fields=original.fields,
        strict=original.strict,
        rules=original.rules,
        title_field=original.title_field,
        table=original.table,
        history=original.history,
        history_days=original.history_days,
        history_versions=original.history_versions,
        state=State.FILLING,
    )
