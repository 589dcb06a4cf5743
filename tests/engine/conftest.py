"""A live store, and a database of its own for each test."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from pymongo import MongoClient

import engine
from engine.jobs import make_storage
from engine.limits import Limits
from engine.schema import parse_schema

Make = Callable[..., engine.Collection]


@pytest.fixture(scope="session")
def store() -> engine.Store:
    """With a time limit that a busy machine does not reach."""
    return engine.Store(settings.MONGODB_URI, limits=Limits(query_seconds=20))


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> Callable[..., engine.Store]:
    """Return `brief(**limits)`: a store with short time limits that knows the primary, as that of a ready service.

    On a busy machine MongoDB answers it late, and is not away.
    """
    monkeypatch.setattr("engine.store.connection._PING_SECONDS", 60)

    def connected(**limits: float) -> engine.Store:
        short = engine.Store(settings.MONGODB_URI, limits=Limits(**limits))
        short.ping()
        return short

    return connected


@pytest.fixture(scope="session")
def mongo() -> Iterator[MongoClient[dict[str, Any]]]:
    """MongoDB itself, to see what is really stored."""
    with MongoClient[dict[str, Any]](settings.MONGODB_URI, w=1) as client:
        yield client


@contextmanager
def _database(mongo: MongoClient[dict[str, Any]]) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    yield name
    # A database is gone with its last collection; to drop it as such takes MongoDB 0.1 s.
    for collection in mongo[name].list_collection_names():
        mongo[name].drop_collection(collection)


@pytest.fixture
def database(mongo: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """The physical name of a database that exists for one test."""
    with _database(mongo) as name:
        yield name


@pytest.fixture(scope="module")
def shared(mongo: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """The physical name of a database for all examples of a module's property tests."""
    with _database(mongo) as name:
        yield name


@pytest.fixture
def make(store: engine.Store, database: str) -> Make:
    """Makes a collection of declared fields, bound to an actor who may do everything unless told otherwise."""

    def collection(
        *fields: dict[str, Any],
        strict: bool = False,
        name: str = "things",
        allowed: frozenset[engine.Action] = engine.ALL_ACTIONS,
        on: engine.Store = store,
        history: bool = False,
    ) -> engine.Collection:
        schema, errors = parse_schema([*fields], limits=Limits(), strict=strict)
        assert not errors
        spec = engine.CollectionSpec(name, name, schema, history=history)
        make_storage(store, database, [spec])
        return engine.Collection(on, database, spec, "tester", allowed)

    return collection


@pytest.fixture
def stored(mongo: MongoClient[dict[str, Any]], database: str) -> Callable[..., list[dict[str, Any]]]:
    """What MongoDB holds of a collection, in the order of ids, without ids and system fields."""

    def documents(name: str = "things", *, system: bool = False) -> list[dict[str, Any]]:
        hidden = {} if system else {"_id": 0, "_sys": 0}
        return [*mongo[database][name].find({}, hidden or None).sort("_id", 1)]

    return documents
