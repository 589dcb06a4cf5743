"""Declared entity types of a database, for surfaces whose types say more than the fields of a collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

import engine
from accounts.principal import Principal
from catalog.locking import check_unlocked
from catalog.models import Database, State
from catalog.services.access import NOT_FOUND, entry_of, invalidate, open_database
from engine.encoding import dumps

_MAX_BYTES = 1_000_000


def declared_types(database_id: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the declarations by title. The caller must have opened the database."""
    entry = entry_of(database_id)
    return entry.entity_types if entry else {}


def declare_types(
    principal: Principal, database_id: str, declarations: Mapping[str, Mapping[str, Any] | None]
) -> None:
    """Store declarations by title; None removes one. Needs `design`. Raises `TooLarge` past 1 MB in all.

    Other processes use them within CACHE_SECONDS.
    """
    open_database(principal, database_id).require(engine.Action.DESIGN)
    with transaction.atomic():
        row = Database.objects.select_for_update().filter(public_id=database_id, state=State.READY).first()
        if row is None:
            raise engine.NotFound(NOT_FOUND)
        check_unlocked(row)
        types = {**row.entity_types, **declarations}
        types = {title: declaration for title, declaration in types.items() if declaration is not None}
        if len(dumps(types)) > _MAX_BYTES:
            raise engine.TooLarge(f"The entity types of a database have at most {_MAX_BYTES} bytes.")
        Database.objects.filter(pk=row.pk).update(entity_types=types)
    invalidate(database_id)
