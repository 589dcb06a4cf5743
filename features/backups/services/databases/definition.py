"""The definition of a database in its archive: what the catalog knows of it and of its collections."""

from __future__ import annotations

from typing import Any

import engine
from catalog.models import Database, State
from catalog.services.metadata import restoration, schema_history

_PORTABLE = ("name", "entity_types", "attributes")
# Settings that hold secrets of the installation or make the database public are not restored.
_DEFAULTS: dict[str, Any] = {"rest": {}, "public": False, "schema_locked": False}
_TIMES = "history_since"
# Archives of earlier versions lack it.
_VERSIONS = "schema_versions"


def definition_of(database_id: str) -> dict[str, Any]:
    """Return `{name, entity_types, attributes, collections}` of a visible database. Raises `NotFound`."""
    row = Database.objects.filter(public_id=database_id, state=State.READY).first()
    if row is None:
        raise engine.NotFound("Not found or access denied")
    collections = row.collections.filter(state=State.READY).order_by("pk")
    return {
        **{column: getattr(row, column) for column in _PORTABLE},
        "collections": [_of_collection(item) for item in collections],
    }


def _of_collection(item: Any) -> dict[str, Any]:
    columns = {column: getattr(item, column) for column in restoration.COLLECTION_COLUMNS}
    since = columns[_TIMES]
    return {
        **columns,
        _TIMES: since.isoformat() if since else None,
        _VERSIONS: schema_history.as_json(item),
    }


def check_columns(definition: dict[str, Any]) -> None:
    """Raise `Conflict` unless the definition has the columns of this version."""
    columns = {*restoration.COLLECTION_COLUMNS}
    collections = definition["collections"] if {*_PORTABLE} <= definition.keys() else [{}]
    if any(item.keys() - {_VERSIONS} != columns for item in collections):
        raise engine.Conflict("The archive is of another version: restore it with that one, then upgrade.")


def entry_of(definition: dict[str, Any], *, team: int, public_id: str) -> dict[str, Any]:
    """Return the columns of a new row of a database, as `restoration.begin` takes them."""
    portable = {column: definition[column] for column in _PORTABLE}
    portable["attributes"] = {**portable["attributes"], "title": ""}
    return {**_DEFAULTS, **portable, "team": team, "public_id": public_id}
