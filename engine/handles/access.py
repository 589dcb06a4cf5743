"""What a credential may do with one collection: its actions, its row filter and its field mask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.actions import Action
from engine.context.spec import CollectionSpec
from engine.errors import Error, FieldError, Forbidden, invalid
from engine.limits import Limits
from engine.query.filter import compile_filter
from engine.schema.mask import FieldMask
from engine.schema.schema import Schema
from engine.store import RowRule

_UNFIT = "The row filter of this credential does not fit the fields of {name!r} any more; change the credential."
_NO_TEXT = "A row filter cannot search for text; use other conditions."


def compile_row_filter(raw: Any, schema: Schema, *, root: str, limits: Limits) -> dict[str, Any]:
    """Compile a row filter for MongoDB. Raises `Invalid` with every error, or `TooLarge` past a cap."""
    compiled = compile_filter(raw, schema, root=root, limits=limits)
    if "$text" in compiled:
        raise invalid([FieldError(f"{root}.$text", _NO_TEXT)])
    return compiled


@dataclass(frozen=True)
class CollectionAccess:
    """`filter` in the query language limits the documents, empty for all; `mask` their fields."""

    actions: frozenset[Action]
    filter: Mapping[str, Any]
    mask: FieldMask | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> CollectionAccess:
        """Restore what `as_dict` returned."""
        kind, paths = next(iter(stored.get("fields", {}).items()), ("", []))
        mask = FieldMask(tuple(paths), kind == "include") if kind else None
        return cls(frozenset(map(Action, stored["actions"])), stored.get("filter", {}), mask)

    def as_dict(self) -> dict[str, Any]:
        """Return the stored and published form: `{actions, filter?, fields?}`."""
        return {
            "actions": [action.value for action in Action if action in self.actions],
            **({"filter": dict(self.filter)} if self.filter else {}),
            **({"fields": self.mask.as_dict()} if self.mask else {}),
        }

    def rule(self, spec: CollectionSpec, *, limits: Limits) -> RowRule | None:
        """Return what a store shows of the collection, None for all. Raises `Forbidden` for an unfit filter."""
        filter: dict[str, Any] = {}
        try:
            if self.filter:
                filter = compile_row_filter(self.filter, spec.schema, root="filter", limits=limits)
        except Error as error:
            raise Forbidden(_UNFIT.format(name=spec.name)) from error
        mask = self._mask(spec)
        stage = None if mask is None else mask.stage
        return RowRule(filter, stage, is_scope=True) if filter or stage else None

    def restrict(self, spec: CollectionSpec) -> CollectionSpec:
        """Return the collection as the credential sees it."""
        schema = replace(spec.schema, mask=self._mask(spec)) if self.mask else spec.schema
        return replace(spec, schema=schema, allowed=self.actions, filtered=bool(self.filter))

    def _mask(self, spec: CollectionSpec) -> FieldMask | None:
        """Return the mask, which shows the numbers of hidden fields that surfaces address documents by."""
        return self.mask and replace(self.mask, always=spec.schema.hidden_numbers)
