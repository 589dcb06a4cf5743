"""Databases that belong to nobody, for the services above: their principals, their room, and who may adopt one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import engine
from accounts.models import Membership, Team
from accounts.principal import AccountPrincipal, AnonymousPrincipal, Scope, VisitorPrincipal
from catalog.models import Database
from catalog.services.access import open_database
from catalog.services.metadata import anonymous, sharing
from catalog.services.metadata.databases import create_titled_database
from tests.event_loop import result_in_event_loop
from tests.tenants import key_of

pytestmark = pytest.mark.usefixtures("quick_drops", "db")


@pytest.fixture
def database_id() -> str:
    creator = anonymous.creator_at("192.0.2.1")
    return create_titled_database(creator, title="Scratch", collections=[{"name": "films", "fields": []}])


def owner_of(database_id: str) -> AnonymousPrincipal:
    shared_id = Database.objects.get(public_id=database_id).shared_id
    owner, _ = sharing.caller_in(VisitorPrincipal(), str(shared_id))
    assert isinstance(owner, AnonymousPrincipal)
    return owner


def test_the_owner_owns_one_database_alone(database_id: str) -> None:
    creator = anonymous.creator_at("192.0.2.2")
    other = create_titled_database(creator, title="Scratch")
    owner = owner_of(database_id)
    assert open_database(owner, database_id).allowed == engine.ALL_ACTIONS
    assert owner.may_create_databases() is False
    with pytest.raises(engine.NotFound):
        open_database(owner, other)
    assert Team.objects.filter(anonymous=True).count() == 1
    assert not Membership.objects.filter(team__anonymous=True).exists()


def test_the_address_is_stored_as_a_hash(database_id: str) -> None:
    stored = Database.objects.get(public_id=database_id).attributes
    assert len(stored["origin"]) == 32
    assert "192.0.2.1" not in str(stored)


@pytest.mark.parametrize("run", [lambda work: work(), result_in_event_loop])
def test_a_full_database_takes_no_more(database_id: str, settings: Any, run: Callable[..., Any]) -> None:
    films = open_database(owner_of(database_id), database_id).collection("films")
    run(lambda: films.insert([{"n": 1}]))
    settings.ANONYMOUS_MAX_DOCUMENTS = 1
    for work in (
        lambda: films.insert([{"n": 2}]),
        lambda: films.update(engine.Query({}), engine.Change({"n": 3})),
    ):
        with pytest.raises(engine.TooLarge, match=r"at most 1 documents and versions \(ANONYMOUS_MAX_DOCUMENTS\)"):
            run(work)
    assert [item["n"] for item in run(lambda: films.find(engine.Query({})).documents)] == [1]
    run(lambda: films.delete(engine.Query({})))


def test_who_adopts_one(database_id: str, make_principal: Callable[..., AccountPrincipal]) -> None:
    person, late, owner = make_principal(), make_principal(), owner_of(database_id)
    viewer = replace(person, teams={person.home_team: "viewer"})
    key = key_of(person, Scope(engine.ALL_ACTIONS, frozenset({"0" * 24})))
    for caller in (viewer, key):
        with pytest.raises(engine.Forbidden):
            anonymous.adopt_database(caller, owner, database_id, team=person.home_team)
    with pytest.raises(engine.Forbidden):
        anonymous.adopt_database(person, owner, database_id, team=make_principal().home_team)
    anonymous.adopt_database(person, owner, database_id, team=person.home_team)
    row = Database.objects.get(public_id=database_id)
    adopted = (row.team_id, row.created_by_id, row.expires_at, row.public, row.attributes["origin"])
    assert adopted == (person.home_team, person.user_id, None, False, None)
    with pytest.raises(engine.NotFound):
        anonymous.adopt_database(late, owner, database_id, team=late.home_team)
