"""Clones: reserved and filled out of sight, then published with their own storage, or abandoned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal, Scope
from catalog import services
from catalog.models import Collection, Database, State
from catalog.services import cloning
from catalog.services.access import invalidate, open_database
from tests.catalog.conftest import Rows
from tests.tenants import key_of

pytestmark = pytest.mark.usefixtures("quick_drops")
AT = datetime(2026, 5, 1, 12)


def test_a_clone_is_invisible_until_it_is_published(
    owner: PersonPrincipal, database: engine.Database, stored: Any
) -> None:
    Database.objects.filter(public_id=database.id).update(attributes={"title": "First", "description": "d"})
    Collection.objects.filter(name="films").update(history_days=3, title_field="n")
    invalidate(database.id)
    clone_id = cloning.begin_clone(owner, database.id, name="Second")
    with pytest.raises(engine.NotFound):
        open_database(owner, clone_id)
    pairs = cloning.open_clone(owner, database.id, clone_id)
    assert [(source.spec.name, target.spec.name) for source, target in pairs] == [("films",) * 2, ("people",) * 2]
    assert all(source.spec.physical != target.spec.physical for source, target in pairs)
    pairs[0][1].insert([{"n": 1}])
    assert pairs[0][0].count() == 0, "the source has storage of its own"

    cloning.publish_clone(clone_id, at=AT)
    clone = open_database(owner, clone_id)
    assert (clone.name, [*clone.specs], clone.collection("films").count()) == ("second", ["films", "people"], 1)
    row = Database.objects.get(public_id=clone_id)
    assert row.attributes == {"title": "", "description": "d"}
    films = row.collections.get(name="films")
    assert (films.history_days, films.title_field, films.history_since) == (3, "n", AT.replace(tzinfo=UTC))
    assert stored(row.physical) == sorted(target.spec.physical for _, target in pairs)


def test_publishing_again_changes_nothing(owner: PersonPrincipal, database: engine.Database, rows: Rows) -> None:
    clone_id = cloning.begin_clone(owner, database.id, name="second")
    cloning.open_clone(owner, database.id, clone_id)
    cloning.publish_clone(clone_id, at=AT)
    before = rows()
    cloning.publish_clone(clone_id, at=datetime(2027, 1, 1))
    cloning.abandon_clone(clone_id)
    assert rows() == before
    assert cloning.open_clone(owner, database.id, clone_id) == []
    assert cloning.open_clone_files(owner, database.id, clone_id, at=AT) is None


def test_an_abandoned_clone_is_gone(owner: PersonPrincipal, database: engine.Database) -> None:
    clone_id = cloning.begin_clone(owner, database.id, name="second")
    files = cloning.open_clone_files(owner, database.id, clone_id, at=AT)
    assert files is not None and (files.source.id, files.timestamp) == (database.id, AT)
    cloning.abandon_clone(clone_id)
    row = Database.objects.get(public_id=clone_id)
    assert {row.state, *row.collections.values_list("state", flat=True)} == {State.DROPPING}
    cloning.publish_clone(clone_id, at=AT)
    assert Database.objects.get(pk=row.pk).state == State.DROPPING
    for call in (
        lambda: cloning.open_clone(owner, database.id, clone_id),
        lambda: cloning.open_clone_files(owner, database.id, clone_id, at=AT),
    ):
        with pytest.raises(engine.NotFound):
            call()


def test_a_collection_that_is_dropped_ends_the_clone(owner: PersonPrincipal, database: engine.Database) -> None:
    clone_id = cloning.begin_clone(owner, database.id, name="second")
    services.deletion.drop_collections(owner, database.id, names=["people"])
    with pytest.raises(engine.Conflict, match="'people' was dropped during the clone"):
        cloning.open_clone(owner, database.id, clone_id)
    services.deletion.drop_database(owner, database.id, confirmation="first")
    with pytest.raises(engine.NotFound):
        cloning.open_clone(owner, database.id, clone_id)


NAMES: list[Any] = ["", "a b", "x" * 200, "admin", None, 7, ["x"], "first", "FIRST"]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_refused_names(owner: PersonPrincipal, database: engine.Database, rows: Rows, name: Any) -> None:
    before = rows()
    with pytest.raises(engine.Invalid) as caught:
        cloning.begin_clone(owner, database.id, name=name)
    assert [error.field for error in caught.value.errors] == ["name"]
    assert rows() == before


def test_who_may_clone(owner: PersonPrincipal, database: engine.Database, make_principal: Any, rows: Rows) -> None:
    before = rows()
    with pytest.raises(engine.NotFound):
        cloning.begin_clone(make_principal(), database.id, name="second")
    for scope in (
        Scope(frozenset({engine.Action.INSERT})),
        Scope(engine.ALL_ACTIONS, frozenset({database.id})),
        Scope(frozenset({engine.Action.READ})),
    ):
        with pytest.raises(engine.Forbidden):
            cloning.begin_clone(key_of(owner, scope), database.id, name="second")
    assert rows() == before


def test_limits_count(owner: PersonPrincipal, database: engine.Database, settings: Any, rows: Rows) -> None:
    before = rows()
    for name, value in (("MAX_DATABASES", 1), ("MAX_COLLECTIONS", 1)):
        original = getattr(settings, name)
        setattr(settings, name, value)
        with pytest.raises(engine.TooLarge, match=name):
            cloning.begin_clone(owner, database.id, name="second")
        setattr(settings, name, original)
        assert rows() == before
