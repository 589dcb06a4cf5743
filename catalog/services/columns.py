"""Column preferences of users in the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction

import engine
from accounts.principal import AccountPrincipal
from catalog.definitions import no_collection
from catalog.models import Collection, ColumnPreference, State

MAX_COLUMNS = 200
_MAX_NAME_LENGTH = 1_000


def get_columns(principal: AccountPrincipal, database: engine.Database, name: str) -> tuple[str, ...]:
    """Return the user's columns in order; empty if none are stored."""
    preferences = ColumnPreference.objects.filter(
        user_id=principal.user_id,
        collection__database__public_id=database.id,
        collection__name=name,
        collection__state=State.READY,
    )
    stored = preferences.values_list("columns", flat=True).first()
    return tuple(stored or ())


def set_columns(
    principal: AccountPrincipal, database: engine.Database, name: str, *, columns: Sequence[str]
) -> None:
    """Store the user's columns in order; an empty list removes them.

    Raises `NotFound` for a missing collection and `Invalid` for a list that is too long.
    """
    if len(columns) > MAX_COLUMNS or any(len(column) > _MAX_NAME_LENGTH for column in columns):
        text = f"At most {MAX_COLUMNS} columns, each with a name of at most {_MAX_NAME_LENGTH} characters."
        raise engine.Invalid.of_field("column", text)
    database.collection(name).require(engine.Action.READ)
    row = Collection.objects.filter(database__public_id=database.id, name=name, state=State.READY).first()
    if row is None:
        raise engine.NotFound(no_collection(name))
    preferences = ColumnPreference.objects.filter(user_id=principal.user_id, collection=row)
    if not columns:
        preferences.delete()
        return
    with transaction.atomic():
        ColumnPreference.objects.update_or_create(
            user_id=principal.user_id, collection=row, defaults={"columns": [*columns]}
        )


def rename_columns(collection: Collection, name_after: Callable[[str], str | None]) -> None:
    """Let the stored columns follow their fields; call it in the transaction that publishes the new schema.

    `name_after` returns the new name of a field, or None where it is dropped.
    """
    for preference in ColumnPreference.objects.select_for_update().filter(collection=collection):
        names = map(name_after, preference.columns)
        preference.columns = [name for name in names if name is not None]
        preference.save(update_fields=["columns"])
