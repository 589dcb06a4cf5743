"""New databases and collections: unseen until they are whole, and what is left when they never are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import engine
from accounts.principal import Principal, Scope
from catalog import services
from catalog.models import Collection, Database, State
from tests.catalog.conftest import Rows, wanted


def test_what_is_made_is_there(owner: Principal, stored: Callable) -> None:
    unique = {"name": "films", "fields": [{"name": "Title", "unique": True}]}
    made, items = services.create_database(owner, name="My-Films", collections=[unique, *wanted("people")])
    assert (made.name, [(item.name, item.existed) for item in items]) == (
        "my-films",
        [("films", False), ("people", False)],
    )
    assert sorted(stored(made.physical)) == sorted(spec.physical for spec in made.specs.values())
    films = made.collection("films")
    films.insert([{"Title": "Slam"}])
    with pytest.raises(engine.Conflict):
        films.insert([{"Title": "Slam"}])


BOUND = Scope(actions=engine.ALL_ACTIONS, databases=frozenset({"a" * 24}))
DENIED = {
    "a key without design": ("owner", Scope(actions=engine.DOCUMENT_ACTIONS)),
    "a key that is bound": ("owner", BOUND),
    "an editor": ("editor", None),
    "a viewer": ("viewer", None),
    "nobody": ("", None),
}


@pytest.mark.parametrize(("role", "scope"), DENIED.values(), ids=DENIED)
def test_who_may_not_make_databases(owner: Principal, rows: Rows, role: str, scope: Scope | None) -> None:
    before = rows()
    with pytest.raises(engine.Forbidden):
        principal = replace(owner, teams={owner.home_team: role}, scope=scope)
        services.create_database(principal, name="mine", collections=wanted("films"))
    assert rows() == before


def test_an_address_that_is_not_verified(
    settings: Any, make_principal: Callable[..., Principal], rows: Rows
) -> None:
    somebody = make_principal(verified=False)
    settings.REQUIRE_VERIFIED_EMAIL = True
    with pytest.raises(engine.Forbidden, match="Verify your e-mail address"):
        services.create_database(somebody, name="mine", collections=wanted("films"))
    assert rows()["Database"] == []
    settings.REQUIRE_VERIFIED_EMAIL = False
    services.create_database(somebody, name="mine", collections=wanted("films"))


def test_no_more_databases_than_the_cap(
    settings: Any, owner: Principal, database: engine.Database, rows: Rows
) -> None:
    settings.MAX_DATABASES = 1
    before = rows()
    with pytest.raises(engine.TooLarge, match=r"at most 1 databases \(MAX_DATABASES\)"):
        services.create_database(owner, name="second", collections=wanted("films"))
    assert rows() == before
    settings.MAX_DATABASES = 2
    services.create_database(owner, name="second", collections=wanted("films"))


def test_no_more_collections_than_the_cap(
    settings: Any, owner: Principal, database: engine.Database, rows: Rows
) -> None:
    settings.MAX_COLLECTIONS = 3
    before = rows()
    with pytest.raises(engine.TooLarge, match="MAX_COLLECTIONS"):
        services.add_collections(owner, database.id, collections=wanted("a", "b"))
    assert rows() == before
    services.add_collections(owner, database.id, collections=wanted("a", "films"))


def test_adding_needs_design(owner: Principal, database: engine.Database, rows: Rows) -> None:
    before = rows()
    key = replace(owner, scope=Scope(actions=engine.ALL_ACTIONS - {engine.Action.DESIGN}))
    with pytest.raises(engine.Forbidden):
        services.add_collections(key, database.id, collections=wanted("a"))
    assert rows() == before


@pytest.mark.parametrize("state", [State.CREATING, State.FILLING])
def test_what_is_being_made_is_neither_there_nor_free(
    owner: Principal, database: engine.Database, state: State, rows: Rows
) -> None:
    Collection.objects.filter(name="people").update(state=state)
    before = rows()
    with pytest.raises(engine.Conflict, match="being made just now"):
        services.add_collections(owner, database.id, collections=wanted("people", "new"))
    assert rows() == before


class Away:
    """A document store that stops answering after so many collections."""

    def __init__(self, store: engine.Store, *, after: int) -> None:
        self._store = store
        self._left = after

    def create(self, *args: Any, **kwargs: Any) -> None:
        if not self._left:
            raise engine.Unavailable("The document store does not answer just now.")
        self._left -= 1
        self._store.create(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def go(*, after: int) -> None:
        broken = Away(services.store(), after=after)
        monkeypatch.setattr(services.creation, "store", lambda: broken)

    yield go
    monkeypatch.undo()


def test_a_database_that_cannot_be_finished_is_given_up(owner: Principal, away: Callable) -> None:
    away(after=1)
    with pytest.raises(engine.Unavailable):
        services.create_database(owner, name="half", collections=wanted("films", "people"))
    assert services.list_databases(owner, page=1, page_size=10, search="") == ([], 0)
    assert list(Database.objects.values_list("state", flat=True)) == [State.DROPPING]
    assert set(Collection.objects.values_list("state", flat=True)) == {State.DROPPING}
    away(after=9)
    made, _ = services.create_database(owner, name="half", collections=wanted("films", "people"))
    assert list(made.specs) == ["films", "people"]


def test_collections_that_cannot_be_finished_are_given_up(
    owner: Principal, database: engine.Database, away: Callable
) -> None:
    away(after=1)
    with pytest.raises(engine.Unavailable):
        services.add_collections(owner, database.id, collections=wanted("a", "b"))
    services.access.forget(database.id)
    assert list(services.open_database(owner, database.id).specs) == ["films", "people"]
    away(after=9)
    assert [item.existed for item in services.add_collections(owner, database.id, collections=wanted("a"))] == [
        False
    ]
