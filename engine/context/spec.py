"""What the catalog declares of a collection."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from engine.actions import Action
from engine.schema.schema import Schema


@dataclass(frozen=True)
class CollectionSpec:
    """What the catalog declares of a collection. `physical` is its name inside MongoDB.

    `since` is the time from which its history is complete; None means always. `allowed` overrides the actions that
    are allowed in the database; with `own` the actor sees only the documents it created, and `filtered` ones only
    those of its row filter. `title_field` is the field that names a document for people, empty where none is
    declared.
    """

    name: str
    physical: str
    schema: Schema = field(default_factory=Schema)
    history: bool = True
    since: datetime | None = None
    allowed: frozenset[Action] | None = None
    own: bool = False
    filtered: bool = False
    title_field: str = ""

    @cached_property
    def with_hidden_fields(self) -> CollectionSpec:
        """The same of documents that have their hidden fields."""
        return replace(self, schema=replace(self.schema, reveals_hidden=True))

    def may(self, action: Action, *, else_allowed: frozenset[Action]) -> bool:
        return action in (else_allowed if self.allowed is None else self.allowed)
