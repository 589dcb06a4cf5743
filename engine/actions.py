"""Permissions on a database and on its documents."""

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
