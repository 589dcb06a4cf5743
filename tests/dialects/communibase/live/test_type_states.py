"""States of entity types: what differs between two of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dialects.communibase.entity_types.model import Attribute, EntityType
from dialects.communibase.live import type_states
from dialects.communibase.live.type_states import TypeStates


def database(**types: str) -> Any:
    """Return a database with these entity types; the value of each one is the title of its only attribute."""
    items = [
        EntityType(f"{title}-id", title, (Attribute(name, raw={"title": name}),)) for title, name in types.items()
    ]
    return SimpleNamespace(id="d", specs={}, types=items)


@pytest.fixture(autouse=True)
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ids of the databases whose entity types have been read."""
    ids: list[str] = []

    def of(item: Any) -> Any:
        ids.append(item.id)
        return item.types

    declared: dict[str, Any] = {}
    monkeypatch.setattr(type_states, "EntityTypes", SimpleNamespace(of=of))
    monkeypatch.setattr(type_states, "declared_types", lambda database_id: declared)
    return ids


def test_what_has_changed() -> None:
    states = TypeStates()
    first = states.current(database(person="name", tag="title"))
    second = states.current(database(person="age", pet="name", tag="title"))
    assert states.current(database(person="name", tag="title")) == first != second
    assert second.changed_since(first.digests) == ["person-id", "pet-id"]
    assert first.changed_since(second.digests) == ["person-id", "pet-id"]
    assert first.changed_since(first.digests) == []
    assert first.changed_since({}) == ["person-id", "tag-id"]


def test_the_same_cached_entry_is_read_once(read: list[str]) -> None:
    states, cached = TypeStates(), database(person="name")
    assert states.current(cached) == states.current(cached)
    assert read == ["d"]
    states.current(database(person="name"))
    assert read == ["d", "d"]
