"""Changes of a collection's declaration: planned and checked, then published; the documents are the jobs'
affair.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

import engine
from accounts.principal import Principal
from catalog.definitions import Retention, no_collection, parse_retention, parse_rules, parse_title_field
from catalog.limits import limits
from catalog.models import Collection, State
from catalog.services.access import forget, open_database, spec_of, store
from catalog.services.deletion import UNDER_WAY_SECONDS

_CHANGED = "The collection's schema has been changed meanwhile; read it anew and try again."
_NOTHING = "There is nothing to change: name operations, strict, json_schema, history or title_field."
_MEMBERS = ("operations", "strict", "json_schema", "history", "title_field")


@dataclass(frozen=True)
class SchemaPlan:
    """What a collection is declared as before and after, as rows hold it, and the operations between the two."""

    database_id: str
    collection: str
    operations: list[dict[str, Any]]
    before: dict[str, Any]
    after: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"operations": self.operations, "before": self.before, "after": self.after}

    def reshaping(self) -> engine.Reshaping:
        steps, _ = engine.parse_steps(self.operations, limits=limits())
        return engine.Reshaping(_schema(self.before), _schema(self.after), steps)


def plan_schema(principal: Principal, database_id: str, name: str, *, wanted: Mapping[str, Any]) -> SchemaPlan:
    """Checks `{operations?, strict?, json_schema?, history?, title_field?}`; `Invalid` names every fault."""
    database = open_database(principal, database_id, collection=name)
    database.require(engine.Action.DESIGN)
    database.collection(name)
    row = Collection.objects.filter(database__public_id=database.id, name=name, state=State.READY).first()
    if row is None:
        raise engine.NotFound(no_collection(name))
    before = _declared(row)
    steps, faults = engine.parse_steps(wanted.get("operations", []), limits=limits())
    after, wrong = _after(before, steps, wanted) if not faults else (before, [])
    faults += wrong or _reference_faults(steps, database)
    if not faults and not any(name in wanted for name in _MEMBERS):
        faults.append(engine.FieldError("operations", _NOTHING))
    if faults:
        raise engine.invalid(faults)
    return SchemaPlan(database.id, name, engine.steps_as_json(steps), before, after)


def migration(principal: Principal, plan: SchemaPlan) -> engine.Migration:
    """What takes the documents along, bound to a handle that has the schema from before."""
    database = open_database(principal, plan.database_id, collection=plan.collection, surface="management")
    handle = database.collection(plan.collection)
    reshaping = plan.reshaping()
    return engine.Migration(replace(handle, spec=replace(handle.spec, schema=reshaping.before)), reshaping)


def publish_schema(plan: SchemaPlan) -> None:
    """Makes the new declaration hold, in every process once this returns; doing it again does nothing.

    `Conflict` when somebody else has changed the declaration since it was planned.
    """
    begins = plan.after["history"] and not plan.before["history"]
    if begins:
        row = _row(plan, Collection.objects.select_related("database"))
        engine.make_storage(store(), row.database.physical, [spec_of(row, history=True)])
    with transaction.atomic():
        row = _row(plan, Collection.objects.select_for_update())
        declared = {name: value for name, value in _declared(row).items() if name in plan.before}
        if not any(engine.equal_json(declared, known) for known in (plan.before, plan.after)):
            raise engine.Conflict(_CHANGED)
        if begins:
            seconds = settings.CACHE_SECONDS + UNDER_WAY_SECONDS
            row.history_since = engine.now().replace(tzinfo=UTC) + timedelta(seconds=seconds)
        for name, value in plan.after.items():
            setattr(row, name, value)
        row.save()
    forget(plan.database_id)
    time.sleep(settings.CACHE_SECONDS + UNDER_WAY_SECONDS)
    forget(plan.database_id)


def _row(plan: SchemaPlan, rows: QuerySet[Collection]) -> Collection:
    row = rows.filter(database__public_id=plan.database_id, name=plan.collection, state=State.READY).first()
    if row is None:
        raise engine.NotFound(no_collection(plan.collection))
    return row


def _declared(row: Collection) -> dict[str, Any]:
    names = ("fields", "strict", "rules", "history", "history_days", "history_versions", "title_field")
    return {name: getattr(row, name) for name in names}


def _schema(declared: Mapping[str, Any]) -> engine.Schema:
    found, _ = engine.parse_schema(declared["fields"], limits=limits(), strict=declared["strict"])
    return replace(found, rules=None if declared["rules"] is None else engine.Rules(declared["rules"]))


def _after(
    before: dict[str, Any], steps: list[Any], wanted: Mapping[str, Any]
) -> tuple[dict[str, Any], list[engine.FieldError]]:
    schema, faults = engine.declared_by(_schema(before), steps, limits=limits())
    after = before | {"fields": schema.as_list(), "title_field": _moved_title(before["title_field"], steps)}
    members: Mapping[str, Callable[[Any], tuple[dict[str, Any], list[engine.FieldError]]]] = {
        "strict": _strict,
        "json_schema": _rules,
        "history": _history,
        "title_field": _title_field,
    }
    for name, parse in members.items():
        if name in wanted:
            found, wrong = parse(wanted[name])
            after |= found
            faults += wrong
    return after, faults


def _strict(raw: Any) -> tuple[dict[str, Any], list[engine.FieldError]]:
    faults = [] if type(raw) is bool else [engine.FieldError("strict", "Must be true or false.")]
    return {"strict": raw is True}, faults


def _rules(raw: Any) -> tuple[dict[str, Any], list[engine.FieldError]]:
    rules, faults = parse_rules(raw, limits=limits())
    return {"rules": rules and dict(rules.raw)}, faults


def _title_field(raw: Any) -> tuple[dict[str, Any], list[engine.FieldError]]:
    title_field, faults = parse_title_field(raw)
    return {"title_field": title_field}, faults


def _moved_title(title_field: str, steps: list[Any]) -> str:
    """Return the title field's name after the steps: renamed with its field, unset when the field is dropped."""
    for step in steps:
        if title_field and getattr(step, "name", "") == title_field:
            title_field = getattr(step, "to", "")
    return title_field


def _history(raw: Any) -> tuple[dict[str, Any], list[engine.FieldError]]:
    found, faults = parse_retention(raw)
    return retention_columns(found), faults


def retention_columns(found: Retention) -> dict[str, Any]:
    """As a row holds it."""
    return {"history": found.on, "history_days": found.days, "history_versions": found.versions}


def _reference_faults(steps: list[Any], database: engine.Database) -> list[engine.FieldError]:
    fields = [(index, getattr(step, "field", None)) for index, step in enumerate(steps)]
    return [
        engine.FieldError(f"operations.{index}.field.collection", no_collection(field.collection))
        for index, field in fields
        if field and field.collection and field.collection not in database.specs
    ]
