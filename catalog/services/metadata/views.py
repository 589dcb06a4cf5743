"""Views: queries in SQL that are stored under a name, and read like collections."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction

import engine
from accounts.principal import Principal
from catalog.locking import check_unlocked
from catalog.models import Database, State
from catalog.naming import name_error
from catalog.services.access import NOT_FOUND, invalidate, open_database

_MEMBER = "views"
_TOO_MANY = "A database has at most {} views (MAX_VIEWS)."


def views_of(database_id: str) -> Mapping[str, str]:
    """Return the statements that create the views, by name. The caller must have opened the database."""
    row = Database.objects.filter(public_id=database_id, state=State.READY).values_list("attributes", flat=True)
    stored: Mapping[str, str] = (row.first() or {}).get(_MEMBER, {})
    return stored


def change_views(principal: Principal, database_id: str, changes: Mapping[str, str | None]) -> None:
    """Store views, or drop those whose text is None. Needs `design`. Raises `Invalid`, `TooLarge`, `Forbidden`."""
    open_database(principal, database_id).require(engine.Action.DESIGN)
    for name, text in changes.items():
        if text is not None and (error := name_error(name)):
            raise engine.Invalid.of_field("name", error)
    with transaction.atomic():
        row = Database.objects.select_for_update().filter(public_id=database_id, state=State.READY).first()
        if row is None:
            raise engine.NotFound(NOT_FOUND)
        check_unlocked(row)
        merged = {**row.attributes.get(_MEMBER, {}), **changes}
        views = {name: text for name, text in merged.items() if text is not None}
        if len(views) > settings.MAX_VIEWS:
            raise engine.TooLarge(_TOO_MANY.format(settings.MAX_VIEWS))
        row.attributes = {**row.attributes, _MEMBER: views}
        row.save(update_fields=["attributes", "changed_at"])
    invalidate(database_id)
