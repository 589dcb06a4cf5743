"""What the catalog declares of a collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from engine.actions import Action
from engine.schema.schema import Schema


@dataclass(frozen=True)
class Spec:
    """What the catalog knows of a collection; `physical` is its name inside MongoDB.

    `since` is when its history begins to be complete; None means that it always was. `allowed` is what may be done
    in this collection where that is not what may be done in its database; `own` says that only what the actor made
    is there for it. `title_field` is the field that names a document for people, empty where it is not declared.
    """

    name: str
    physical: str
    schema: Schema = field(default_factory=Schema)
    history: bool = True
    since: datetime | None = None
    allowed: frozenset[Action] | None = None
    own: bool = False
    title_field: str = ""

    def may(self, action: Action, *, else_allowed: frozenset[Action]) -> bool:
        return action in (else_allowed if self.allowed is None else self.allowed)
