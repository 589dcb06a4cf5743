"""Roles of members and permissions of tokens, as this dialect names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine import Action

# An Admin may do everything with a team, as an owner may.
_STORED: Mapping[str, str] = {"Admin": "owner", "Editor": "editor", "Viewer": "viewer"}
_SHOWN: Mapping[str, str] = {"owner": "Admin", "admin": "Admin", "editor": "Editor", "viewer": "Viewer"}
ROLES = tuple(_STORED)
PERMISSIONS: Mapping[str, frozenset[Action]] = {
    "read": frozenset({Action.READ}),
    "insert": frozenset({Action.INSERT}),
    "write": frozenset({Action.INSERT, Action.WRITE, Action.DELETE}),
}


def role_name(role: str) -> str:
    """Return the name of a stored role."""
    return _SHOWN[role]


def stored_role(names: Sequence[str], *, present: str = "") -> str:
    """Return the role to store for the highest of some names; `present` where that has the name already."""
    highest = min(names, key=ROLES.index)
    return present if _SHOWN.get(present) == highest else _STORED[highest]


def permission_names(actions: frozenset[Action]) -> list[str]:
    """Return the permissions that actions are: `insert` only where `write` does not include it."""
    names = [name for name, needed in PERMISSIONS.items() if needed <= actions]
    return [name for name in names if name != "insert" or "write" not in names]


def actions_of(permissions: Sequence[str]) -> frozenset[Action]:
    """Return the actions that permissions allow together."""
    return frozenset[Action]().union(*(PERMISSIONS[name] for name in permissions))
