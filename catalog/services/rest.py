"""Settings of a database for the REST dialect: what is public without a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.conf import settings as installation

import engine
from accounts.principal import Principal
from catalog.models import Database, State
from catalog.services.access import NOT_FOUND, entry_of, invalidate, open_database
from engine.errors import invalid

_NAMES = ("public_schemas", "public_file_names")
_MAX_NAMES = 1_000


@dataclass(frozen=True)
class RestSettings:
    """Settings of the REST dialect.

    `public_schemas` are collections whose fields the generated JavaScript API lists without a key. With
    `public_file_names` a file of the media archive can be read by name, besides its id.
    """

    public_schemas: tuple[str, ...] = ()
    public_file_names: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> RestSettings:
        return cls(tuple(stored.get("public_schemas", ())), bool(stored.get("public_file_names", False)))

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "public_schemas": [*self.public_schemas]}


def read_rest_settings(principal: Principal, database_id: str) -> RestSettings:
    """Return the settings. Needs `design`."""
    return RestSettings.of(_row(_designed(principal, database_id)).rest)


def change_rest_settings(principal: Principal, database_id: str, changes: Mapping[str, Any]) -> RestSettings:
    """Change the given settings and return all of them. Needs `design`; raises `Invalid` with every error."""
    database = _designed(principal, database_id)
    errors = [
        engine.FieldError(name, f"Unknown setting. The settings are {', '.join(_NAMES)}.")
        for name in sorted(changes.keys() - {*_NAMES})
    ]
    if type(changes.get("public_file_names", False)) is not bool:
        errors.append(engine.FieldError("public_file_names", "Must be true or false."))
    errors += _schema_errors(changes.get("public_schemas", []), database)
    if errors:
        raise invalid(errors)
    row = _row(database)
    settings = replace(RestSettings.of(row.rest), **changes)
    Database.objects.filter(pk=row.pk).update(rest=settings.as_dict())
    invalidate(database.id)
    return settings


def public_specs(database_id: str) -> Mapping[str, engine.CollectionSpec] | None:
    """Return the collections with a public schema: all with PUBLIC_SCHEMAS, else those in the database's setting.

    None if the database or such a collection does not exist.
    """
    entry = entry_of(database_id)
    if entry is None or installation.PUBLIC_SCHEMAS:
        return entry.specs if entry else None
    return {name: spec for name, spec in entry.specs.items() if name in entry.public_schemas} or None


def _designed(principal: Principal, database_id: str) -> engine.Database:
    database = open_database(principal, database_id, refresh=True)
    database.require(engine.Action.DESIGN)
    return database


def _row(database: engine.Database) -> Database:
    row = Database.objects.filter(public_id=database.id, state=State.READY).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    return row


def _schema_errors(names: Any, database: engine.Database) -> list[engine.FieldError]:
    if type(names) is not list or len(names) > _MAX_NAMES or not all(type(name) is str for name in names):
        return [
            engine.FieldError("public_schemas", f"Must be an array of at most {_MAX_NAMES} names of collections.")
        ]
    return [
        engine.FieldError(f"public_schemas.{index}", f"The database has no collection {name!r}.")
        for index, name in enumerate(names)
        if name not in database.specs
    ]
