"""Names of roles and permissions."""

from __future__ import annotations

import pytest

from dialects.airsequel.people.roles import PERMISSIONS, ROLES, actions_of, permission_names, role_name, stored_role
from engine import Action


@pytest.mark.parametrize(
    ("names", "present", "stored"),
    [
        (["Admin"], "", "owner"),
        (["Editor", "Admin"], "viewer", "owner"),
        (["Admin"], "admin", "admin"),
        (["Admin"], "owner", "owner"),
        (["Viewer", "Editor"], "admin", "editor"),
        (["Viewer"], "", "viewer"),
    ],
)
def test_the_highest_role_counts(names: list[str], present: str, stored: str) -> None:
    assert stored_role(names, present=present) == stored


def test_every_role_has_a_name() -> None:
    assert [role_name(role) for role in ("owner", "admin", "editor", "viewer")] == ["Admin", *ROLES]


@pytest.mark.parametrize("names", [["read"], ["insert"], ["write"], ["read", "insert"], ["read", "write"], []])
def test_permissions_are_shown_as_they_were_granted(names: list[str]) -> None:
    assert permission_names(actions_of(names)) == names


def test_write_includes_insert_and_nothing_reads_but_read() -> None:
    assert permission_names(actions_of(["insert", "write"])) == ["write"]
    assert [name for name, actions in PERMISSIONS.items() if Action.READ in actions] == ["read"]
    assert {Action.DESIGN, Action.OWN} & actions_of([*PERMISSIONS]) == set()
