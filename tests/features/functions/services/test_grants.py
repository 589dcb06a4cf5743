"""What the calls without a caller may do."""

from __future__ import annotations

from dataclasses import replace

import pytest

import engine
from accounts.models import Membership
from accounts.principal import PersonPrincipal, Scope, ScopedPrincipal
from catalog.services.creation import create_empty_database
from features.functions.services.grants import grant_of, principal_of


def actions(grant: dict, database_id: str, *, team: int) -> frozenset[engine.Action]:
    return principal_of(grant, database_id).actions(team_id=team, database_id=database_id)


def test_a_grant_is_no_more_than_its_publisher_may(owner: PersonPrincipal) -> None:
    database, other = (create_empty_database(owner, name=name) for name in ("functions", "others"))
    grant = grant_of(owner, database.id)
    assert actions(grant, database.id, team=owner.home_team) == engine.DOCUMENT_ACTIONS
    principal = principal_of(grant, database.id)
    assert not principal.actions(team_id=owner.home_team, database_id=other.id)
    assert not principal.may_create_databases()
    scope = Scope(frozenset({engine.Action.DESIGN, engine.Action.READ}))
    key = ScopedPrincipal(
        actor="k1",
        user_id=owner.user_id,
        verified=True,
        teams=owner.teams,
        home_team=owner.home_team,
        scope=scope,
    )
    assert actions(grant_of(key, database.id), database.id, team=owner.home_team) == {engine.Action.READ}
    Membership.objects.filter(user=owner.user_id).update(role="viewer")
    assert actions(grant, database.id, team=owner.home_team) == {engine.Action.READ}
    with pytest.raises(engine.NotFound):
        grant_of(replace(owner, teams={}), database.id)
