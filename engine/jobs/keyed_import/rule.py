"""How the rows of an import are matched with existing documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.actions import Action
from engine.context.context import Context
from engine.errors import Invalid
from engine.indexes.indexes import Indexes
from engine.schema.schema import SYSTEM


class OnDuplicate(StrEnum):
    """What becomes of a row whose key exists: an error, nothing, a merge of its fields, or the whole document."""

    INSERT = "insert"
    SKIP = "skip"
    UPSERT = "upsert"
    REPLACE = "replace"

    @property
    def changes_documents(self) -> bool:
        return self in (OnDuplicate.UPSERT, OnDuplicate.REPLACE)


@dataclass(frozen=True)
class ImportKey:
    """The key of the rows: `_id` or a top-level field. With `keeps_ids` new documents keep their own `_id`."""

    field: str
    on_duplicate: OnDuplicate
    keeps_ids: bool = False

    def require(self, context: Context) -> None:
        """Raise `Forbidden` unless the import is allowed, `Invalid` for a field that cannot be a key."""
        context.require(Action.INSERT)
        if self.on_duplicate.changes_documents:
            context.require(Action.WRITE)
        declared = context.spec.schema.by_name.get(self.field)
        if "." in self.field or self.field == SYSTEM or (declared and (declared.unwritable or declared.many)):
            text = f"{self.field!r} cannot be the key: choose _id or a field that rows can set."
            raise Invalid.of_field("key", text)

    @property
    def takes_ids(self) -> bool:
        """Return whether rows may have the `_id` of a new document."""
        return self.keeps_ids or self.field == "_id"

    def is_indexed(self, context: Context) -> bool:
        """Return whether MongoDB finds documents by the key without reading the whole collection."""
        declared = context.spec.schema.by_name.get(self.field)
        if self.field == "_id" or (declared and declared.unique):
            return True
        specs = Indexes(context).specs()
        return any(next(iter(spec["key"])) == self.field and not _is_partial(spec) for spec in specs)


def _is_partial(spec: Mapping[str, Any]) -> bool:
    return "partialFilterExpression" in spec or "collation" in spec
