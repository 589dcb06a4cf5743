"""A database hands out its collections, with the actor and the permissions that it was opened with."""

import engine
from tests.engine.strategies import refusal


def database(store: engine.Store, *allowed: engine.Action) -> engine.Database:
    specs = {"films": engine.Spec("films", "c1"), "": engine.Spec("", "c2")}
    return engine.Database(store, "id", "name", "physical", "me", frozenset(allowed), specs)


def test_a_collection_is_bound_as_its_database(store: engine.Store) -> None:
    films = database(store, engine.Action.READ).collection("films")
    assert (films.store, films.database, films.spec.physical) == (store, "physical", "c1")
    assert (films.actor, films.allowed) == ("me", {engine.Action.READ})


def test_what_the_catalog_does_not_list_is_not_found(store: engine.Store) -> None:
    for name in ("Films", "c1", "films ", "system.profile", "films.versions"):
        problem = refusal(engine.NotFound, database(store, *engine.Action).collection, name)
        assert problem.message == f"The database has no collection {name!r}."


def test_a_permission_is_required(store: engine.Store) -> None:
    database(store, engine.Action.READ).require(engine.Action.READ)
    problem = refusal(engine.Forbidden, database(store, engine.Action.READ).require, engine.Action.OWN)
    assert problem.message == "This needs the permission 'own'."
