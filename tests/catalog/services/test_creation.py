"""Creation of databases and collections: invisible until complete, and removed if they fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal, Principal, Scope
from catalog import services
from catalog.models import Collection, Database, State
from catalog.services.stores import clusters
from tests.catalog.conftest import Rows, definitions
from tests.tenants import key_of


def test_a_database_is_created_with_its_collections(owner: Principal, stored: Callable) -> None:
    unique = {"name": "films", "fields": [{"name": "Title", "unique": True}]}
    created, items = services.creation.create_database(
        owner, name="My-Films", collections=[unique, *definitions("people")]
    )
    assert (created.name, [(item.name, item.existed) for item in items]) == (
        "my-films",
        [("films", False), ("people", False)],
    )
    assert sorted(stored(created.physical)) == sorted(spec.physical for spec in created.specs.values())
    films = created.collection("films")
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
def test_creating_databases_is_denied(owner: PersonPrincipal, rows: Rows, role: str, scope: Scope | None) -> None:
    before = rows()
    with pytest.raises(engine.Forbidden):
        member = replace(owner, teams={owner.home_team: role})
        principal = key_of(member, scope) if scope else member
        services.creation.create_database(principal, name="mine", collections=definitions("films"))
    assert rows() == before


def test_an_address_that_is_not_verified(
    settings: Any, make_principal: Callable[..., Principal], rows: Rows
) -> None:
    unverified = make_principal(verified=False)
    settings.REQUIRE_VERIFIED_EMAIL = True
    with pytest.raises(engine.Forbidden, match="Verify your e-mail address"):
        services.creation.create_database(unverified, name="mine", collections=definitions("films"))
    assert rows()["Database"] == []
    settings.REQUIRE_VERIFIED_EMAIL = False
    services.creation.create_database(unverified, name="mine", collections=definitions("films"))


def test_no_more_databases_than_the_limit(
    settings: Any, owner: Principal, database: engine.Database, rows: Rows
) -> None:
    settings.MAX_DATABASES = 1
    before = rows()
    with pytest.raises(engine.TooLarge, match=r"at most 1 databases \(MAX_DATABASES\)"):
        services.creation.create_database(owner, name="second", collections=definitions("films"))
    assert rows() == before
    settings.MAX_DATABASES = 2
    services.creation.create_database(owner, name="second", collections=definitions("films"))


def test_no_more_collections_than_the_limit(
    settings: Any, owner: Principal, database: engine.Database, rows: Rows
) -> None:
    settings.MAX_COLLECTIONS = 3
    before = rows()
    with pytest.raises(engine.TooLarge, match="MAX_COLLECTIONS"):
        services.creation.add_collections(owner, database.id, collections=definitions("a", "b"))
    assert rows() == before
    services.creation.add_collections(owner, database.id, collections=definitions("a", "films"))


def test_adding_needs_design(owner: Principal, database: engine.Database, rows: Rows) -> None:
    before = rows()
    key = key_of(owner, Scope(actions=engine.ALL_ACTIONS - {engine.Action.DESIGN}))
    with pytest.raises(engine.Forbidden):
        services.creation.add_collections(key, database.id, collections=definitions("a"))
    assert rows() == before


@pytest.mark.parametrize("state", [State.CREATING, State.FILLING])
def test_a_collection_that_is_being_created_is_invisible_and_reserves_its_name(
    owner: Principal, database: engine.Database, state: State, rows: Rows
) -> None:
    Collection.objects.filter(name="people").update(state=state)
    before = rows()
    with pytest.raises(engine.Conflict, match="being created by another request"):
        services.creation.add_collections(owner, database.id, collections=definitions("people", "new"))
    assert rows() == before


class FailingStore:
    """A document store that fails after `after` collections."""

    def __init__(self, store: engine.Store, *, after: int) -> None:
        self._store = store
        self._left = after

    def create(self, *args: Any, **kwargs: Any) -> None:
        if not self._left:
            raise engine.Unavailable("The document store does not respond; try again.")
        self._left -= 1
        self._store.create(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.fixture
def failing_store(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def fail(*, after: int) -> None:
        broken = FailingStore(clusters.store(), after=after)
        monkeypatch.setattr(services.creation, "store", lambda cluster: broken)

    yield fail
    monkeypatch.undo()


def test_a_database_that_cannot_be_completed_is_abandoned(owner: Principal, failing_store: Callable) -> None:
    failing_store(after=1)
    with pytest.raises(engine.Unavailable):
        services.creation.create_database(owner, name="half", collections=definitions("films", "people"))
    assert services.queries.list_databases(owner, page=1, page_size=10, search="") == ([], 0)
    assert list(Database.objects.values_list("state", flat=True)) == [State.DROPPING]
    assert set(Collection.objects.values_list("state", flat=True)) == {State.DROPPING}
    failing_store(after=9)
    created, _ = services.creation.create_database(owner, name="half", collections=definitions("films", "people"))
    assert list(created.specs) == ["films", "people"]


def test_collections_that_cannot_be_completed_are_abandoned(
    owner: Principal, database: engine.Database, failing_store: Callable
) -> None:
    failing_store(after=1)
    with pytest.raises(engine.Unavailable):
        services.creation.add_collections(owner, database.id, collections=definitions("a", "b"))
    services.access.invalidate(database.id)
    assert list(services.access.open_database(owner, database.id).specs) == ["films", "people"]
    failing_store(after=9)
    assert [
        item.existed for item in services.creation.add_collections(owner, database.id, collections=definitions("a"))
    ] == [False]
