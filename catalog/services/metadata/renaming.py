"""Renames collections, with what names them: in the catalog, in packages above it, and in documents."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

import accounts.services
import engine
from accounts.principal import Principal
from audit import services as audit
from catalog.definitions import no_collection
from catalog.locking import check_unlocked
from catalog.models import Database, State
from catalog.naming import name_error
from catalog.services.access import open_database, open_for_service
from catalog.services.deletion import wait_for_cache_expiry
from catalog.services.key_rules.names import add_to_keys, remove_from_keys

_ACTOR = "renaming"
# Children of a document name it in these fields.
_PARENT_ID, _PARENT_DEF, _PARENT_FIELD = "_parent_id", "_parent_def", "_parent_field"
# Members of an attribute of an entity type that may be the title of another type.
_TYPE_MEMBERS = ("type", "items", "ref")


def rename_collection(principal: Principal, database_id: str, name: str, *, to: str) -> None:
    """Rename a collection and the references to it; returns when every process uses the new name.

    Functions of COLLECTION_RENAMED are called in the same transaction, and those of COLLECTION_FORGOTTEN when no
    process uses the previous name. Needs `design`. Raises `Invalid` for a bad name, and `Conflict` for a taken one,
    while a job of the collection runs, and where a browser key would lead to another database's collection.
    Documents and their history stay; only children that name their parent's collection, or are named after their
    own, are changed.
    """
    database = open_database(principal, database_id, collection=name)
    database.collection(name).require(engine.Action.DESIGN)
    if text := name_error(to):
        raise engine.Invalid.of_field("name", text)
    if to == name:
        return
    try:
        with transaction.atomic():
            team = _rename(database.id, name, to)
            for path in settings.COLLECTION_RENAMED:
                import_string(path)(database.id, name, to=to)
            audit.record(
                "collection.rename",
                actor=principal.actor,
                team=team,
                target=name,
                database=database.id,
                to=to,
            )
    except IntegrityError as error:
        raise engine.Conflict(f"The database has a collection {to!r} already.") from error
    wait_for_cache_expiry(database.id)
    _forget(database.id, name)
    _rename_parents(database.id, name, to)


def _forget(database_id: str, name: str) -> None:
    """Remove the previous name from what counted for both."""
    for path in settings.COLLECTION_FORGOTTEN:
        import_string(path)(database_id, name)
    with transaction.atomic():
        row = Database.objects.select_for_update().filter(public_id=database_id, state=State.READY).first()
        if row is not None:
            remove_from_keys(row, name)


def _rename_parents(database_id: str, name: str, to: str) -> None:
    """Let children name the collection of their parents, and their own where their field is named after it."""
    database = open_for_service(database_id, actor=_ACTOR)
    for spec in database.specs.values():
        children = database.collection(spec.name)
        parent = spec.schema.by_name.get(_PARENT_ID)
        if parent.collection == to if parent is not None else _may_have(spec, _PARENT_DEF):
            children.update(engine.Query({_PARENT_DEF: name}), engine.Change({_PARENT_DEF: to}))
    own, field = database.collection(to), database.specs[to].schema.by_name.get(_PARENT_FIELD)
    if _may_have(own.spec, _PARENT_FIELD) and (field is None or type(field.default) is not str):
        own.update(engine.Query({_PARENT_FIELD: name}), engine.Change({_PARENT_FIELD: to}))


def _may_have(spec: engine.CollectionSpec, name: str) -> bool:
    return not spec.schema.strict or name in spec.schema.by_name


def _rename(database_id: str, name: str, to: str) -> int | None:
    """Rename a collection in the catalog, and return the team of its database."""
    parent = Database.objects.select_for_update().get(public_id=database_id)
    check_unlocked(parent)
    rows = list(parent.collections.select_for_update().filter(state=State.READY))
    if all(row.name != name for row in rows):
        raise engine.NotFound(no_collection(name))
    for row in rows:
        fields = [_renamed_reference(field, name, to) for field in row.fields]
        table = _renamed_target(row.table, name, to)
        if row.name == name or fields != row.fields or table != row.table:
            row.name, row.fields, row.table = to if row.name == name else row.name, fields, table
            row.save(update_fields=["name", "fields", "table", "changed_at"])
    parent.rest = _renamed_member(parent.rest, "public_schemas", name, to)
    parent.attributes = _renamed_member(parent.attributes, "table_order", name, to)
    parent.entity_types = {
        to if title == name else title: _renamed_type(declaration, name, to)
        for title, declaration in parent.entity_types.items()
    }
    parent.save(update_fields=["rest", "attributes", "entity_types", "changed_at"])
    add_to_keys(parent, name, to=to)
    accounts.services.scoping.renaming.rename_collection(database_id, name, to=to)
    return parent.team_id


def _renamed_type(declaration: dict[str, Any], name: str, to: str) -> dict[str, Any]:
    """Return the declaration of an entity type in which its title, and the types that it names, are renamed."""
    renamed = {**declaration, "title": to} if declaration.get("title") == name else declaration
    attributes = declaration.get("attributes")
    if not isinstance(attributes, list):
        return renamed
    return {**renamed, "attributes": [_renamed_attribute(item, name, to) for item in attributes]}


def _renamed_attribute(attribute: Any, name: str, to: str) -> Any:
    if not isinstance(attribute, dict):
        return attribute
    return {key: to if key in _TYPE_MEMBERS and value == name else value for key, value in attribute.items()}


def _renamed_target(table: dict[str, Any], name: str, to: str) -> dict[str, Any]:
    """Return the declarations of a table in which columns refer to the renamed one."""
    columns = [
        {**column, "references": [to, column["references"][1]]}
        if column.get("references") and column["references"][0] == name
        else column
        for column in table.get("columns", ())
    ]
    return {**table, "columns": columns} if columns else table


def _renamed_reference(field: dict[str, Any], name: str, to: str) -> dict[str, Any]:
    return {**field, "collection": to} if field.get("collection") == name else field


def _renamed_member(stored: dict[str, Any], member: str, name: str, to: str) -> dict[str, Any]:
    """Return settings in which the names of a list are renamed."""
    if name not in stored.get(member, ()):
        return stored
    return {**stored, member: [to if item == name else item for item in stored[member]]}
