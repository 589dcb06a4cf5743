"""Changes of a collection's schema and settings: plan, migration, publication. Jobs convert the documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

import accounts.services
import engine
from accounts.principal import Principal
from catalog.definitions import Retention, no_collection, parse_retention, parse_rules, parse_title_field
from catalog.limits import limits
from catalog.locking import check_unlocked
from catalog.models import Collection, State
from catalog.services.access import open_database
from catalog.services.columns import rename_columns
from catalog.services.deletion import UNDER_WAY_SECONDS, wait_for_cache_expiry
from catalog.services.metadata import schema_history
from engine.context import now
from engine.errors import invalid
from engine.jobs import (
    Drop,
    Migration,
    Rename,
    SchemaChange,
    declared_by,
    name_after,
    parse_steps,
    renamed_rules,
    steps_as_json,
)
from engine.schema import Rules, equal_json, parse_schema

_CHANGED = "The collection's schema has changed since the change was planned. Read it again and retry."
_REFERS = "The schema of {!r} then refers to the collection {!r}, which the database does not have."
_NOTHING = "Nothing to change: send operations, strict, json_schema, history or title_field."
# The members that change the structure; history and the title field may change in a locked database.
_STRUCTURE = ("operations", "strict", "json_schema")
_MEMBERS = ("operations", "strict", "json_schema", "history", "title_field")


@dataclass(frozen=True)
class SchemaPlan:
    """A planned change: the collection's columns before and after it, and the operations between them."""

    database_id: str
    collection: str
    operations: list[dict[str, Any]]
    before: dict[str, Any]
    after: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"operations": self.operations, "before": self.before, "after": self.after}

    def schema_change(self) -> SchemaChange:
        steps, _ = parse_steps(self.operations, limits=limits())
        return SchemaChange(schema_from(self.before), schema_from(self.after), steps)


def plan_schema(principal: Principal, database_id: str, name: str, *, changes: Mapping[str, Any]) -> SchemaPlan:
    """Plan `{operations?, strict?, json_schema?, history?, title_field?}`. Raises `Invalid` with every error."""
    database, row = _designed(principal, database_id, name)
    if any(member in changes for member in _STRUCTURE):
        check_unlocked(row.database)
    before = _declared(row)
    steps, errors = parse_steps(changes.get("operations", []), limits=limits())
    gone = {step.name for step in steps if isinstance(step, Rename | Drop)}
    accounts.services.scoping.renaming.check_fields(database.id, name, gone)
    after, member_errors = _after(before, steps, changes) if not errors else (before, [])
    errors += member_errors or _reference_errors(steps, database)
    if not errors and not any(name in changes for name in _MEMBERS):
        errors.append(engine.FieldError("operations", _NOTHING))
    if errors:
        raise invalid(errors)
    return SchemaPlan(database.id, name, steps_as_json(steps), before, after)


def plan_restore(
    principal: Principal, database_id: str, name: str, *, at: datetime
) -> tuple[SchemaPlan, SchemaPlan] | None:
    """Plan to declare the schema that was in force at a time (naive UTC), or return None where it is in force.

    The first plan is for before the documents are restored: it declares no field unique that is not unique now, as
    the present documents may have equal values. The second one declares the rest. Needs DESIGN. Raises `Conflict`
    for a locked database, a reference to a missing collection, and fields that keys name.
    """
    database, row = _designed(principal, database_id, name)
    then = schema_history.schema_at(schema_history.versions_of(row), at.replace(tzinfo=UTC))
    relaxed, after = restored_columns(_declared(row), then.declared)
    if equal_json(after, _declared(row)):
        return None
    check_unlocked(row.database)
    missing = {item.get("collection") for item in after["fields"]} - {None, *database.specs}
    if missing:
        raise engine.Conflict(_REFERS.format(name, min(missing)))
    gone = {item["name"] for item in row.fields} - {item["name"] for item in after["fields"]}
    accounts.services.scoping.renaming.check_fields(database.id, name, gone)
    plans = [(_declared(row), relaxed), (relaxed, after)]
    first, second = (SchemaPlan(database.id, name, [], *columns) for columns in plans)
    return first, second


def restored_columns(now: Mapping[str, Any], then: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the columns of a collection before and after its documents are restored, see `plan_restore`.

    Hidden fields of the service stay, and so do the settings of the history.
    """
    hidden = [item for item in now["fields"] if item.get("hidden")]
    names = {item["name"] for item in hidden}
    fields = [item for item in then["fields"] if item["name"] not in names and not item.get("hidden")]
    after = {**now, **then, "fields": [*fields, *hidden]}
    change = SchemaChange(schema_from(now), schema_from(after))
    numbered = set(change.after.autonumbers) - set(change.before.autonumbers)
    relaxed = [
        _without_unique(item) if item["name"] in change.new_unique else item
        for item in after["fields"]
        if item["name"] not in numbered  # declared when the largest restored number is known
    ]
    return {**after, "fields": relaxed}, after


def _without_unique(field: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in field.items() if name not in ("unique", "case_insensitive")}


def _designed(principal: Principal, database_id: str, name: str) -> tuple[engine.Database, Collection]:
    """Return a database and the row of its collection. Needs DESIGN."""
    database = open_database(principal, database_id, collection=name)
    database.require(engine.Action.DESIGN)
    database.collection(name)
    rows = Collection.objects.filter(database__public_id=database.id, name=name, state=State.READY)
    row = rows.select_related("database").first()
    if row is None:
        raise engine.NotFound(no_collection(name))
    return database, row


def migration(principal: Principal, plan: SchemaPlan) -> Migration:
    """Return the migration of the documents, bound to a handle with the previous schema."""
    database = open_database(principal, plan.database_id, collection=plan.collection, surface="management")
    handle = database.collection(plan.collection)
    schema_change = plan.schema_change()
    return Migration(replace(handle, spec=replace(handle.spec, schema=schema_change.before)), schema_change)


def publish_schema(plan: SchemaPlan, *, actor: str) -> None:
    """Publish the new schema and settings; returns when every process uses them. Idempotent.

    The superseded schema is recorded as the actor's change.

    Raises `Conflict` if they have changed since the plan.
    """
    begins = plan.after["history"] and not plan.before["history"]
    with transaction.atomic():
        row = _row(plan, Collection.objects.select_for_update())
        declared = {name: value for name, value in _declared(row).items() if name in plan.before}
        if not any(equal_json(declared, known) for known in (plan.before, plan.after)):
            raise engine.Conflict(_CHANGED)
        if plan.operations and not equal_json(declared, plan.after):
            rename_columns(row, name_after(plan.schema_change().steps))
        schema_history.record(row, plan.after, actor=actor, at=timezone.now())
        if begins:
            seconds = settings.CACHE_SECONDS + UNDER_WAY_SECONDS
            row.history_since = now().replace(tzinfo=UTC) + timedelta(seconds=seconds)
        for name, value in plan.after.items():
            setattr(row, name, value)
        row.save()
    wait_for_cache_expiry(plan.database_id)


def _row(plan: SchemaPlan, rows: QuerySet[Collection]) -> Collection:
    row = rows.filter(database__public_id=plan.database_id, name=plan.collection, state=State.READY).first()
    if row is None:
        raise engine.NotFound(no_collection(plan.collection))
    return row


def _declared(row: Collection) -> dict[str, Any]:
    names = ("fields", "strict", "rules", "history", "history_days", "history_versions", "title_field")
    return {name: getattr(row, name) for name in names}


def schema_from(declared: Mapping[str, Any]) -> engine.Schema:
    """Return the schema that columns of a collection declare."""
    schema, _ = parse_schema(declared["fields"], limits=limits(), strict=declared["strict"])
    return replace(schema, rules=None if declared["rules"] is None else Rules(declared["rules"]))


def _after(
    before: dict[str, Any], steps: list[Any], changes: Mapping[str, Any]
) -> tuple[dict[str, Any], list[engine.FieldError]]:
    schema, errors = declared_by(schema_from(before), steps, limits=limits())
    after = before | {"fields": schema.as_list(), "title_field": _title_after(before["title_field"], steps)}
    if "json_schema" not in changes and not errors:
        after["rules"], errors = _rules_after(before["rules"], steps)
    members: Mapping[str, Callable[[Any], tuple[dict[str, Any], list[engine.FieldError]]]] = {
        "strict": _strict,
        "json_schema": _rules,
        "history": _history,
        "title_field": _title_field,
    }
    for name, parse in members.items():
        if name in changes:
            values, member_errors = parse(changes[name])
            after |= values
            errors += member_errors
    return after, errors


def _strict(raw: Any) -> tuple[dict[str, Any], list[engine.FieldError]]:
    errors = [] if type(raw) is bool else [engine.FieldError("strict", "Must be true or false.")]
    return {"strict": raw is True}, errors


def _rules(raw: Any) -> tuple[dict[str, Any], list[engine.FieldError]]:
    rules, errors = parse_rules(raw, limits=limits())
    return {"rules": rules and dict(rules.raw)}, errors


def _title_field(raw: Any) -> tuple[dict[str, Any], list[engine.FieldError]]:
    title_field, errors = parse_title_field(raw)
    return {"title_field": title_field}, errors


def _title_after(title_field: str, steps: list[Any]) -> str:
    """Return the title field's name after the steps: renamed with its field, unset when the field is dropped."""
    for step in steps:
        if title_field and getattr(step, "name", "") == title_field:
            title_field = getattr(step, "to", "")
    return title_field


def _rules_after(
    rules: dict[str, Any] | None, steps: list[Any]
) -> tuple[dict[str, Any] | None, list[engine.FieldError]]:
    """Return the JSON Schema after the steps: it names fields as they are renamed."""
    errors = []
    for index, step in enumerate(steps):
        if rules is None or not isinstance(step, Rename):
            continue
        try:
            rules = renamed_rules(rules, step.name, step.to)
        except ValueError as error:
            text = f"The field cannot be renamed: {error}. Send the changed `json_schema` with it."
            errors.append(engine.FieldError(f"operations.{index}", text))
    return rules, errors


def _history(raw: Any) -> tuple[dict[str, Any], list[engine.FieldError]]:
    retention, errors = parse_retention(raw)
    return retention_columns(retention), errors


def retention_columns(retention: Retention) -> dict[str, Any]:
    """Return the values of the retention's columns."""
    return {"history": retention.on, "history_days": retention.days, "history_versions": retention.versions}


def _reference_errors(steps: list[Any], database: engine.Database) -> list[engine.FieldError]:
    fields = [(index, getattr(step, "field", None)) for index, step in enumerate(steps)]
    return [
        engine.FieldError(f"operations.{index}.field.collection", no_collection(field.collection))
        for index, field in fields
        if field and field.collection and field.collection not in database.specs
    ]
