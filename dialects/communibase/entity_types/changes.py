"""Changes of entity types: the collection, its fields and rules, and the rules of the types that embed one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId
from django.conf import settings

import engine
import features.jobs.services
import features.jobs.tasks
from accounts.principal import AccountPrincipal
from catalog.services.access import open_database
from catalog.services.creation import add_collections
from catalog.services.entity_types import declare_types
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.entity_types.fields import field_of
from dialects.communibase.entity_types.model import UPDATED_AT, UPDATED_BY, Attribute, EntityType
from dialects.communibase.entity_types.of_schema import attribute_of
from dialects.communibase.entity_types.rules import json_schema
from dialects.communibase.people import names_of
from engine.encoding import iso_timestamp
from engine.errors import invalid
from engine.schema import equal_json

_COMPARED = ("name", "type", "required", "default", "collection", "path", "many", "description")
_OWN_MEMBERS = ("required", "default", "description")
# Members of a field, and what they are called here.
_MEMBERS = {"name": "title", "required": "isRequired", "default": "defaultValue", "collection": "ref"}
_TOO_LARGE = (
    "The collection {!r} is large: its documents are still being converted. Send the request again to continue."
)
_BUSY = (
    "Another change of the collection {!r} runs: its documents are still being converted. "
    "Send the request again when it has ended."
)
_RETRY_SECONDS = 10


def create(
    principal: AccountPrincipal, database: engine.Database, types: EntityTypes, declared: EntityType
) -> None:
    """Create an entity type and, for a resource, its collection. Raises `Invalid` with every error."""
    # Before the collection: no process may know the collection without its declaration.
    declare_types(principal, database.id, {declared.title: _declaration(database, declared)})
    if not declared.is_resource:
        return
    try:
        _create_collection(principal, database, types, declared)
    except engine.Invalid as error:
        remove(principal, database, declared.title)
        raise _of_attributes(error) from error
    except engine.Error:
        remove(principal, database, declared.title)
        raise


def _create_collection(
    principal: AccountPrincipal, database: engine.Database, types: EntityTypes, declared: EntityType
) -> None:
    definition = {
        "name": declared.title,
        "fields": _fields(declared, types),
        "json_schema": json_schema(declared, types),
    }
    add_collections(principal, database.id, collections=[definition], fields_required=False)


def change(
    principal: AccountPrincipal, database: engine.Database, types: EntityTypes, declared: EntityType
) -> None:
    """Change an entity type: its collection's fields and rules, and the rules of the types that embed it.

    A large collection is converted by a worker. Raises `Unavailable` if this takes longer than MAX_WAIT_SECONDS;
    the same change then waits for the worker again, and continues. Raises `Invalid` with every error, and
    `Conflict` if documents do not fit, or another change of a collection runs.
    """
    until = time.monotonic() + settings.MAX_WAIT_SECONDS
    if _finish_earlier(principal, database, types, declared, until=until):
        types = current_types(principal, database)
    raw = _declaration(database, declared)
    after = _with(types, declared)
    plans = [(declared.title, _changes(declared, types, after))] if declared.is_resource else []
    plans += [(item.title, _rules(item, types, after)) for item in _users(after, declared.title)]
    needed = [(title, changes) for title, changes in plans if changes]
    for number, (title, changes) in enumerate(needed, start=1):
        stored = {declared.title: raw} if number == len(needed) else {}  # by the last job, which may outlive us
        _apply(principal, database, title, changes, stored, until=until)
    declare_types(principal, database.id, {declared.title: raw})


def _with(types: EntityTypes, declared: EntityType) -> EntityTypes:
    return replace(types, declared={**types.declared, declared.title: declared.raw})


def _finish_earlier(
    principal: AccountPrincipal,
    database: engine.Database,
    types: EntityTypes,
    declared: EntityType,
    *,
    until: float,
) -> bool:
    """Wait for the same change in progress; return whether there was one. Raises `Conflict` for another one."""
    titles = [declared.title, *(item.title for item in _users(types, declared.title))]
    running = {title: features.jobs.services.schema_change_in_progress(database.id, title) for title in titles}
    for title, earlier in running.items():
        if earlier is None:
            continue
        if not _is_same(earlier, declared, title, types):
            raise engine.Conflict(_BUSY.format(title), retry_after=_RETRY_SECONDS)
        if not features.jobs.tasks.wait(principal, earlier.job_id, until=until).has_ended:
            raise engine.Unavailable(_TOO_LARGE.format(title), retry_after=_RETRY_SECONDS)
    return any(running.values())


def _is_same(
    earlier: features.jobs.services.RunningChange, declared: EntityType, title: str, types: EntityTypes
) -> bool:
    """Return whether a running change of a collection makes it that of the entity type."""
    after = _with(types, declared)
    entity_type = declared if title == declared.title else after.get(title)
    if entity_type is None:
        return False
    rules = _rules(entity_type, types, after)
    if rules and not equal_json(earlier.after["rules"], rules["json_schema"]):
        return False
    if title != declared.title:
        return not earlier.operations
    fields = {field["name"]: field for field in earlier.after["fields"] if not field.get("hidden")}
    return not any(_operations(fields, {field["name"]: field for field in _fields(declared, after)}))


def remove(principal: AccountPrincipal, database: engine.Database, title: str) -> None:
    """Remove the declaration of an entity type."""
    declare_types(principal, database.id, {title: None})


def current_types(principal: AccountPrincipal, database: engine.Database) -> EntityTypes:
    """Return the entity types as they are stored now."""
    return EntityTypes.of(open_database(principal, database.id, refresh=True))


def _declaration(database: engine.Database, declared: EntityType) -> dict[str, Any]:
    """Return the stored form of an entity type."""
    raw = {**declared.raw, "isResource": declared.is_resource, "_id": declared.id or str(ObjectId())}
    raw[UPDATED_AT] = iso_timestamp(datetime.now(UTC))
    raw[UPDATED_BY] = names_of(database, [database.actor])[database.actor]
    return raw


def _fields(declared: EntityType, types: EntityTypes) -> list[dict[str, Any]]:
    collections = {*types.specs, declared.title}
    spec = types.specs.get(declared.title)
    existing = spec.schema.by_name if spec else {}
    return [_field(attribute, existing.get(attribute.title), collections) for attribute in declared.attributes]


def _field(attribute: Attribute, existing: engine.Field | None, collections: set[str]) -> dict[str, Any]:
    """Return the field of an attribute. A field whose type the attribute describes keeps it, such as `email`."""
    field = field_of(attribute, collections)
    described = attribute_of(existing) if existing else None
    if existing is None or described is None:
        return field
    if _target(described) != _target(attribute):
        return field
    own = {name: value for name, value in field.items() if name in _OWN_MEMBERS}
    return {name: value for name, value in existing.as_dict().items() if name not in _OWN_MEMBERS} | own


def _target(attribute: Attribute) -> tuple[str, ...]:
    return attribute.type, attribute.items, attribute.ref, attribute.raw.get("path") or ""


def _changes(declared: EntityType, before: EntityTypes, after: EntityTypes) -> dict[str, Any]:
    """Return the change of a collection's schema that makes it that of the entity type; empty for none."""
    schema = before.specs[declared.title].schema
    fields = {field["name"]: field for field in _fields(declared, after)}
    operations = [*_operations({field.name: field.as_dict() for field in schema.visible_fields}, fields)]
    return {**({"operations": operations} if operations else {}), **_rules(declared, before, after)}


def _operations(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from ({"op": "drop", "name": name} for name in before if name not in after)
    for name, field in after.items():
        if name not in before:
            yield {"op": "add", "field": field}
        elif any(before[name].get(member) != field.get(member) for member in _COMPARED):
            yield {"op": "retype", "field": {**_kept_members(before[name], field), **field}}


def _kept_members(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return what other dialects declare of a field, such as that it is unique, while its type is the same."""
    if before["type"] != after["type"]:
        return {}
    return {member: value for member, value in before.items() if member not in _COMPARED}


def _rules(entity_type: EntityType, before: EntityTypes, after: EntityTypes) -> dict[str, Any]:
    """Return the change of a collection's rules; empty for none, and where another dialect declared them."""
    rules, previous = before.specs[entity_type.title].schema.rules, before.get(entity_type.title)
    current = rules and dict(rules.raw)
    if current is not None and not (previous and equal_json(current, json_schema(previous, before))):
        return {}
    changed = json_schema(entity_type, after)
    return {} if equal_json(current, changed) else {"json_schema": changed}


def _users(types: EntityTypes, title: str) -> Iterator[EntityType]:
    """Yield the other resources that embed an entity type, at any depth."""
    for item in types:
        if item.is_resource and item.title != title and title in _embedded(item, types, set()):
            yield item


def _embedded(entity_type: EntityType, types: EntityTypes, seen: set[str]) -> set[str]:
    for attribute in entity_type.attributes:
        embedded = types.get(attribute.element_type)
        if embedded is not None and embedded.title not in seen:
            seen.add(embedded.title)
            _embedded(embedded, types, seen)
    return seen


def _apply(
    principal: AccountPrincipal,
    database: engine.Database,
    title: str,
    changes: dict[str, Any],
    declared: Mapping[str, Any],
    *,
    until: float,
) -> None:
    """Change a collection by a job, which also stores the declared entity types."""
    try:
        job_id = features.jobs.services.change_schema(
            principal, database.id, title, changes=changes, dry_run=False, declared=declared
        )
    except engine.Invalid as error:
        raise _of_attributes(error) from error
    features.jobs.tasks.start(principal, job_id)
    status = features.jobs.tasks.wait(principal, job_id, until=until)
    if status.state == "failed":
        raise features.jobs.services.error_of(status)
    if status.state != "done":
        raise engine.Unavailable(_TOO_LARGE.format(title), retry_after=_RETRY_SECONDS)


def _of_attributes(error: engine.Invalid) -> engine.Invalid:
    """Return the error of a collection's definition with what its parts are called here."""
    return (
        invalid([engine.FieldError(_path(issue.field), issue.message) for issue in error.errors])
        if error.errors
        else error
    )


def _path(field: str) -> str:
    """Return the path in an entity type of `collections.0.fields.<index>.name` and its like."""
    path = field.removeprefix("collections.0.").replace("fields.", "attributes.", 1)
    for ours, theirs in {
        "title": "name",
        "isRequired": "required",
        "defaultValue": "default",
        "ref": "collection",
    }.items():
        if path.startswith("attributes.") and path.endswith(f".{theirs}"):
            path = f"{path.removesuffix(theirs)}{ours}"
    return path
