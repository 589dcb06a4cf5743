"""The two keys that are ready with a new database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accounts.services.managing import ready_keys
from accounts.services.principals import principal_of_key
from engine import Forbidden

pytestmark = pytest.mark.django_db
DATABASE = "60c72b2f9b1d8b1a2d3e4567"


def test_one_key_reads_and_writes_and_one_reads(anna) -> None:
    created = ready_keys.create(anna.principal, DATABASE, name="cinema" * 30)
    assert {kind: len(key.name) for kind, key in created.items()} == {"full": 100, "read_only": 100}
    for kind, actions in (("full", {"read", "insert", "write", "delete"}), ("read_only", {"read"})):
        scope = principal_of_key(created[kind].text).scope
        assert ({action.value for action in scope.actions}, scope.databases) == (actions, {DATABASE})


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("admin", False), ("editor", False)])
def test_they_need_own(anna, role: str, may: bool) -> None:
    principal = replace(anna.principal, teams={anna.principal.home_team: role})
    if may:
        ready_keys.check_may_create(principal)
        return
    with pytest.raises(Forbidden, match="'own'"):
        ready_keys.check_may_create(principal)
