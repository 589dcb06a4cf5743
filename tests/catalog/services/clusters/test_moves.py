"""The record of a move: who may continue it, and what it requires; no second cluster is needed for this."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

import engine
from accounts.principal import PersonPrincipal
from catalog import services
from catalog.models import Collection, Database, DatabaseMove, MoveState, State
from catalog.services.clusters import moves
from catalog.services.clusters.moves import LostMove, MoveLease
from catalog.services.metadata import restoration
from catalog.services.stores import clusters
from engine.events import Moved, Token

FIELDS = [{"name": "n", "type": "number"}]


@pytest.fixture
def database(owner: PersonPrincipal) -> engine.Database:
    opened, _ = services.creation.create_database(
        owner, name="first", collections=[{"name": "films", "fields": FIELDS}]
    )
    return opened


@pytest.fixture
def lease(database: engine.Database) -> MoveLease:
    return MoveLease(
        DatabaseMove.objects.create(
            database_id=database.id,
            physical=database.physical,
            source="main",
            target="second",
            lease_owner=secrets.token_hex(16),
            lease_until=timezone.now(),
        )
    )


def test_a_lease_is_renewed_until_another_process_takes_it(lease: MoveLease) -> None:
    lease.save(state=MoveState.FENCED)
    (row,) = DatabaseMove.objects.all()
    assert (row.state, row.lease_until > timezone.now()) == (MoveState.FENCED, True)
    DatabaseMove.objects.update(lease_owner="another")
    lease.renew()  # not due yet
    with pytest.raises(LostMove):
        lease.save()
    moves.forget(lease.move)
    assert DatabaseMove.objects.exists()


def test_writes_are_refused_and_accepted(
    lease: MoveLease, database: engine.Database, owner: PersonPrincipal
) -> None:
    Collection.objects.update(state=State.CREATING)
    assert (moves.refuse_writes(lease), Database.objects.get().moving) == (False, False)
    Collection.objects.update(state=State.READY)
    assert (moves.refuse_writes(lease), lease.move.state) == (True, MoveState.FENCED)
    opened = services.access.open_database(owner, database.id)
    service = services.access.open_for_service(database.id, actor="tests")
    for films in (opened.collection("films"), service.collection("films")):
        with pytest.raises(engine.Unavailable, match="being moved") as caught:
            films.insert([{"n": 1}])
        assert (caught.value.reason, caught.value.retry_after, films.count()) == ("moving", 1, 0)
    with pytest.raises(engine.Unavailable, match="being moved"):
        opened.require(engine.Action.DESIGN)
    moves.accept_writes(lease.move)
    services.access.open_database(owner, database.id).collection("films").insert([{"n": 1}])


@pytest.mark.parametrize("change", [{"state": State.DROPPING}, {"physical": "another"}, {"cluster": "another"}])
def test_a_database_that_has_changed_is_not_moved(lease: MoveLease, change: dict[str, str]) -> None:
    Database.objects.update(**change)
    with pytest.raises(engine.Conflict, match="nothing of it was moved"):
        moves.refuse_writes(lease)
    with pytest.raises(engine.Conflict, match="nothing of it was moved"):
        moves.switch(lease, left=Token(1, 1), since=Token(2, 1))
    assert DatabaseMove.objects.get().state == MoveState.COPYING


def test_the_switch_is_remembered(lease: MoveLease, database: engine.Database) -> None:
    moves.switch(lease, left=Token(1, 1, "AB"), since=Token(2, 1))
    row, move = Database.objects.get(), DatabaseMove.objects.get()
    assert (row.cluster, Moved.parse(row.moved)) == ("second", Moved(Token(1, 1, "AB"), Token(2, 1)))
    assert (move.state, Token.parse(move.position), moves.may_drop_source(move)) == (
        MoveState.MOVED,
        Token(1, 1),
        False,
    )
    move.moved_at = timezone.now() - timedelta(hours=1)
    assert moves.may_drop_source(move)


def test_a_database_is_not_replaced_while_it_moves(lease: MoveLease, database: engine.Database) -> None:
    with pytest.raises(engine.Unavailable, match="being moved"):
        restoration.replace(database.id, by=database.id)


def test_the_clocks_must_agree(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    moves.check_clocks("main", "main")
    store = clusters.store()
    first = store.server()
    assert first.local_time is not None
    servers = iter([first, replace(first, local_time=first.local_time + timedelta(seconds=3))])
    monkeypatch.setattr(store, "server", lambda: next(servers))
    with pytest.raises(engine.Conflict, match=r"3\.0 s"):
        moves.check_clocks("main", "main")
