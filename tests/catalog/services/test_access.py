"""Opening databases: permissions, and the cache of entries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import engine
from accounts.principal import Principal, Scope
from catalog import services
from catalog.models import Collection, Database, State
from catalog.services import access
from catalog.versions import SharedVersions
from tests.tenants import key_of

MISSING = "60c72b2f9b1d8b1a2d3e4567"


def test_the_owner_may_do_everything(owner: Principal, database: engine.Database) -> None:
    opened = services.access.open_database(owner, database.id)
    assert (opened.id, opened.name, opened.allowed) == (database.id, "first", engine.ALL_ACTIONS)
    assert (list(opened.specs), opened.actor) == (["films", "people"], owner.actor)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("admin", engine.ALL_ACTIONS - {engine.Action.OWN}),
        ("editor", engine.DOCUMENT_ACTIONS),
        ("viewer", {engine.Action.READ}),
    ],
)
def test_a_member_may_do_what_the_role_says(
    owner: Principal, make_principal: Callable[..., Principal], database: engine.Database, role: str, allowed: set
) -> None:
    member = replace(make_principal(), teams={owner.home_team: role})
    assert services.access.open_database(member, database.id).allowed == allowed


def test_a_key_may_do_what_both_it_and_its_creator_may(owner: Principal, database: engine.Database) -> None:
    scope = Scope(actions=frozenset({engine.Action.READ, engine.Action.OWN}))
    key = key_of(replace(owner, teams={owner.home_team: "admin"}), scope)
    assert services.access.open_database(key, database.id).allowed == {engine.Action.READ}


def refusal(principal: Principal, database_id: str) -> tuple[type, str, tuple]:
    with pytest.raises(engine.Error) as caught:
        services.access.open_database(principal, database_id)
    return type(caught.value), caught.value.message, caught.value.errors


def test_a_missing_and_a_foreign_database_raise_the_same_error(
    owner: Principal, make_principal: Callable[..., Principal], database: engine.Database
) -> None:
    expected = (engine.NotFound, "Not found or access denied", ())
    nothing = Scope(actions=frozenset())
    other_database = Scope(actions=engine.ALL_ACTIONS, databases=frozenset({MISSING}))
    assert refusal(owner, MISSING) == expected
    assert refusal(make_principal(), database.id) == expected
    assert refusal(replace(owner, teams={}), database.id) == expected
    assert refusal(key_of(owner, nothing), database.id) == expected
    assert refusal(key_of(owner, other_database), database.id) == expected


@pytest.mark.parametrize("text", ["", "x", "\0", "é" * 24, "A" * 24, "a" * 5000])
def test_what_cannot_be_an_id_is_not_looked_up(
    owner: Principal, django_assert_num_queries: Callable, text: str
) -> None:
    with django_assert_num_queries(0):
        assert refusal(owner, text)[0] is engine.NotFound


@pytest.mark.parametrize("state", [State.CREATING, State.DROPPING])
def test_what_is_not_ready_does_not_exist(owner: Principal, database: engine.Database, state: State) -> None:
    Collection.objects.filter(name="people").update(state=state)
    services.access.invalidate(database.id)
    assert list(services.access.open_database(owner, database.id).specs) == ["films"]
    Database.objects.update(state=state)
    services.access.invalidate(database.id)
    assert refusal(owner, database.id)[0] is engine.NotFound


@pytest.fixture
def long_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let entries expire only after the test, which may take longer than CACHE_SECONDS."""
    monkeypatch.setattr(access._entries, "_seconds", 3600)


@pytest.mark.usefixtures("long_cache")
def test_an_entry_is_cached_and_invalidated(
    owner: Principal, database: engine.Database, django_assert_num_queries: Callable
) -> None:
    access.invalidate(database.id)
    services.access.open_database(owner, database.id)
    with django_assert_num_queries(0):
        services.access.open_database(owner, database.id, collection="films")
    Collection.objects.filter(name="films").update(name="movies")
    with django_assert_num_queries(0):
        assert "films" in services.access.open_database(owner, database.id).specs
    access.invalidate(database.id)
    assert "movies" in services.access.open_database(owner, database.id).specs


@pytest.mark.usefixtures("long_cache")
def test_an_entry_that_another_process_has_changed_is_loaded_again(
    owner: Principal,
    database: engine.Database,
    django_assert_num_queries: Callable,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    own, other = (SharedVersions(tmp_path / "versions") for _ in range(2))
    monkeypatch.setattr(access, "versions", lambda: own)
    assert "films" in services.access.open_database(owner, database.id).specs
    Collection.objects.filter(name="films").update(name="movies")
    other.change(database.id)
    assert "movies" in services.access.open_database(owner, database.id).specs
    with django_assert_num_queries(0):
        services.access.open_database(owner, database.id)


def test_a_collection_that_is_new_is_found_at_once(owner: Principal, database: engine.Database) -> None:
    """Another process may have created it after this one cached the entry."""
    services.access.open_database(owner, database.id)
    row = Database.objects.get()
    Collection.objects.create(database=row, name="new", physical="new_x", state=State.READY)
    assert "new" in services.access.open_database(owner, database.id, collection="new").specs


# --- by name ------------------------------------------------------------------------------------------


def test_a_name_resolves_to_the_visible_database(
    owner: Principal, make_principal: Callable[..., Principal], database: engine.Database
) -> None:
    other = make_principal()
    for text in (database.id, "first", "FIRST"):
        assert services.access.resolve_database_id(owner, text) == database.id
        with pytest.raises(engine.NotFound, match="Not found or access denied"):
            services.access.resolve_database_id(other, text)
    for text in ("second", "", "a b", "x\0", MISSING):
        with pytest.raises(engine.NotFound, match="Not found or access denied"):
            services.access.resolve_database_id(owner, text)
    limited = key_of(owner, Scope(actions=engine.ALL_ACTIONS, databases=frozenset({MISSING})))
    with pytest.raises(engine.NotFound):
        services.access.resolve_database_id(limited, "first")


def test_a_name_of_two_teams_is_ambiguous(
    owner: Principal, make_principal: Callable[..., Principal], database: engine.Database
) -> None:
    other = make_principal()
    second, _ = services.creation.create_database(
        other, name="first", collections=[{"name": "a", "fields": [{"name": "b"}]}]
    )
    both = replace(owner, teams={**owner.teams, **other.teams})
    with pytest.raises(engine.NotFound, match="Several databases have this name; use the id"):
        services.access.resolve_database_id(both, "first")
    assert services.access.resolve_database_id(both, second.id) == second.id


def test_the_name_of_a_recreated_database(owner: Principal, database: engine.Database, quick_drops: None) -> None:
    access._names.clear()  # another test's team may have had the same number
    assert services.access.resolve_database_id(owner, "first") == database.id
    services.deletion.drop_database(owner, database.id, confirmation="first")
    recreated, _ = services.creation.create_database(
        owner, name="first", collections=[{"name": "a", "fields": [{"name": "b"}]}]
    )
    assert services.access.resolve_database_id(owner, "first") == recreated.id
