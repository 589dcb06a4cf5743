"""Hidden fields, which the service declares itself because a dialect needs them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction

import engine
from catalog.definitions import no_collection
from catalog.limits import limits
from catalog.models import Collection, State
from catalog.services.access import open_for_service
from catalog.services.deletion import wait_for_cache_expiry
from engine.schema import parse_schema

ROWID = "_rowid"
# A stable 64-bit number of each document, unique in its collection.
ROWID_FIELD = {"name": ROWID, "type": "autonumber", "unique": True, "hidden": True}


def open_with_field(database_id: str, name: str, *, field: dict[str, Any], actor: str) -> engine.Collection:
    """Open a collection for the service, as if it declared the field already. Raises `NotFound`."""
    collection = open_for_service(database_id, actor=actor, collection=name).collection(name)
    schema = collection.spec.schema
    if field["name"] in schema.by_name:
        return collection
    declared, _ = parse_schema([field], limits=limits())
    extended = replace(schema, fields=(*schema.fields, *declared.fields))
    return replace(collection, spec=replace(collection.spec, schema=extended))


def declare_field(database_id: str, name: str, *, field: dict[str, Any]) -> None:
    """Declare the field; returns when every process uses it. Idempotent. Raises `NotFound`."""
    with transaction.atomic():
        rows = Collection.objects.select_for_update()
        row = rows.filter(database__public_id=database_id, name=name, state=State.READY).first()
        if row is None:
            raise engine.NotFound(no_collection(name))
        if all(declared["name"] != field["name"] for declared in row.fields):
            row.fields = [*row.fields, field]
            row.save()
    wait_for_cache_expiry(database_id)
