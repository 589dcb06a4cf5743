"""What would become of the first rows of a file that are imported with a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import engine
from engine.context import PLANNED, CollectionSpec, new_ids
from engine.jobs import ImportKey, preview_rows


@dataclass(frozen=True)
class KeyPreview:
    """How many of the first rows would have each outcome, and the errors of those that would be rejected."""

    outcomes: Mapping[str, int]
    errors: list[engine.FieldError]


@dataclass(frozen=True)
class KeyTarget:
    """The key of an import, and the collection whose documents its rows would find."""

    rule: ImportKey
    collection: engine.Collection

    def preview(self, documents: Sequence[Any], unread: Sequence[engine.FieldError] = ()) -> KeyPreview:
        """Compare rows with the documents of their keys; rows that could not be read only count as rejected."""
        refused = {error.index for error in unread}
        places = [place for place in range(len(documents)) if place not in refused]
        rows = [documents[place] for place in places]
        outcomes, errors = preview_rows(self.rule, self.collection, rows, ids=new_ids(len(rows)))
        located = [replace(error, index=places[error.index or 0]) for error in errors]
        rejected = refused | {error.index for error in located}
        return KeyPreview({**outcomes, "rejected": len(rejected)}, sorted([*unread, *located], key=_place))


def target_of(database: engine.Database, name: str, rule: ImportKey, schema: engine.Schema) -> KeyTarget:
    """Return the collection of that name, or an empty one with the schema that an import would create."""
    if name in database.specs:
        return KeyTarget(rule, database.collection(name))
    spec = CollectionSpec(name, PLANNED, schema)
    empty = engine.Collection(database.store, database.physical, spec, database.actor, database.allowed)
    return KeyTarget(replace(rule, keeps_ids=True), empty)


def _place(error: engine.FieldError) -> int:
    return error.index or 0
