"""The document that an upsert inserts where nothing matches: from its filter's equalities and its change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from engine.context.context import AuditStamp, Context
from engine.context.ids import created_at, new_id
from engine.encoding.shape import ancestor_paths
from engine.errors import FieldError, Invalid, invalid
from engine.schema.schema import RESERVED, SYSTEM, new_stamps
from engine.schema.types import as_python
from engine.update.change import CompiledUpdate

_EQUALITIES = 'With "upsert": true, filters must give fields the values that the new document shall have.'
_NO_ELEMENTS = "An upsert takes no $, $[] or $[name] in a path: a new document has no elements to change."
_OWN_ID = "An upsert cannot name _id or _sys: the service gives them to a new document."


@dataclass(frozen=True)
class UpsertPlan:
    """The parts of the new document. MongoDB itself applies the change to the equalities."""

    equalities: Mapping[str, Any]
    operators: Mapping[str, Mapping[str, Any]]
    audit_stamp: AuditStamp

    def execute(self, context: Context) -> ObjectId:
        """Insert the document in a transaction, check it as a new one, and complete it with its defaults."""
        new = new_id()
        stamps = new_stamps(actor=self.audit_stamp.by, now=created_at(new))
        on_insert = {**self.operators.get("$setOnInsert", {}), SYSTEM: stamps}
        statement = {**self.operators, "$setOnInsert": on_insert}
        inserted = context.store.upsert_new(
            context.database, context.spec.physical, {"_id": new, **self.equalities}, statement
        )
        values = {name: _plain(value) for name, value in inserted.items() if name not in RESERVED}
        try:
            (coerced,) = context.assign_autonumbers(
                context.spec.schema.coerce([values], limits=context.store.limits)
            )
        except Invalid as error:
            raise invalid([FieldError(item.field, item.message) for item in error.errors]) from error
        if coerced != values:
            context.store.replace(context.database, context.spec.physical, {"_id": new, **coerced, SYSTEM: stamps})
        return new


def plan_upsert(
    filter: Mapping[str, Any], change: CompiledUpdate, *, root: str, audit_stamp: AuditStamp
) -> UpsertPlan:
    """Plan the new document. Raises `Invalid` for filters beyond equalities, and for changes that cannot create
    one.
    """
    if change.positional:
        raise Invalid.of_field("upsert", _NO_ELEMENTS)
    if change.insert_part is None:
        raise Invalid.of_field("upsert", "An upsert goes with neither replace nor update_all_fields: false.")
    equalities, errors = {}, []
    for path, condition in filter.items():
        if path.partition(".")[0] in RESERVED:
            errors.append(FieldError(f"{root}.{path}", _OWN_ID))
        elif path.startswith("$") or (_has_operators(condition) and condition.keys() != {"$eq"}):
            errors.append(FieldError(f"{root}.{path}", _EQUALITIES))
        else:
            equalities[path] = condition["$eq"] if _has_operators(condition) else condition
    errors += [
        FieldError(f"{root}.{path}", _EQUALITIES)
        for path in equalities
        if not equalities.keys().isdisjoint(ancestor_paths(path))
    ]
    if not filter:
        errors.append(FieldError(root, _EQUALITIES))
    if errors:
        raise invalid(errors)
    return UpsertPlan(equalities, change.insert_part, audit_stamp)


def _has_operators(condition: Any) -> bool:
    return isinstance(condition, dict) and any(name.startswith("$") for name in condition)


def _plain(value: Any) -> Any:
    """Return a stored value, and all inside it, as it would have been sent."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return as_python(value)
