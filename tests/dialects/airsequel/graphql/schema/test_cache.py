"""Schemas are built once for as long as their tables do not change."""

from __future__ import annotations

from dataclasses import replace

import pytest

import engine
from dialects.airsequel.graphql.schema import cache
from engine import Action


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> engine.Database:
    monkeypatch.setattr(cache, "table_declarations", lambda _: {})
    specs = {"t": engine.CollectionSpec("t", "t", engine.Schema((engine.Field("a"),)))}
    store = engine.Store("mongodb://127.0.0.1:1", limits=engine.Limits())
    return engine.Database(store, "d" * 24, "d", "d", "u1", frozenset({Action.READ}), specs)


def test_a_schema_is_built_again_where_a_table_or_a_permission_differs(database: engine.Database) -> None:
    first = cache.schema_of(database)
    assert cache.schema_of(database) is first
    same = replace(database, specs=dict(database.specs))
    assert cache.schema_of(same).schema is first.schema
    writer = replace(database, allowed=frozenset(Action))
    assert cache.schema_of(writer).schema is not first.schema
    other = engine.CollectionSpec("t", "t", engine.Schema((engine.Field("b"),)))
    assert cache.schema_of(replace(database, specs={"t": other})).schema is not first.schema


def test_what_was_used_last_is_kept() -> None:
    recent: cache.RecentlyUsed[int] = cache.RecentlyUsed(2)
    for number in range(3):
        assert recent.put(number, number) == number
    assert [recent.get(number) for number in range(3)] == [None, 1, 2]
