"""Permissions on a database and on its documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum


class Action(StrEnum):
    """One permission; a key's scope and a role are sets of these."""

    READ = "read"
    INSERT = "insert"
    WRITE = "write"
    DELETE = "delete"
    DESIGN = "design"
    OWN = "own"


DOCUMENT_ACTIONS = frozenset({Action.READ, Action.INSERT, Action.WRITE, Action.DELETE})
ALL_ACTIONS = frozenset(Action)


_GROWING = frozenset({Action.INSERT, Action.WRITE})
CHANGING = ALL_ACTIONS - {Action.READ}


class BoundedActions(frozenset[Action]):
    """Permissions that a check may refuse: `check` is called before the `checked` ones; it may raise."""

    check: Callable[[], None]
    checked: frozenset[Action]

    def bounded_by(self, check: Callable[[], None], *, checked: frozenset[Action] = _GROWING) -> BoundedActions:
        """Set the check, and return these permissions."""
        self.check = check
        self.checked = checked
        return self


# Actions that this process refuses at the moment, each with a function that returns the error to raise.
closed: dict[Action, Callable[[], Exception]] = {}


def close(actions: Mapping[Action, Callable[[], Exception]]) -> None:
    """Refuse these actions for everybody from now on, and no others. An empty mapping refuses none."""
    closed.update(actions)
    for action in closed.keys() - actions.keys():
        del closed[action]
