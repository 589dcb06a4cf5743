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


class BoundedActions(frozenset[Action]):
    """Permissions on a database of limited size: `check_room` is called before INSERT and WRITE; it may raise."""

    check_room: Callable[[], None]

    def bounded_by(self, check_room: Callable[[], None]) -> BoundedActions:
        """Set the check, and return these permissions."""
        self.check_room = check_room
        return self


# Actions that this process refuses at the moment, each with a function that returns the error to raise.
closed: dict[Action, Callable[[], Exception]] = {}


def close(actions: Mapping[Action, Callable[[], Exception]]) -> None:
    """Refuse these actions for everybody from now on, and no others. An empty mapping refuses none."""
    closed.update(actions)
    for action in closed.keys() - actions.keys():
        del closed[action]
