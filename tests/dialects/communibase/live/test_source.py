"""What a source sends: documents that have changed, and that entity types have."""

from __future__ import annotations

from datetime import datetime

import pytest
from bson import ObjectId

from dialects.communibase.live.credentials import SocketCredentials
from dialects.communibase.live.source import MESSAGE, TYPES, DirtyAccess, DirtySource
from dialects.communibase.live.type_states import TypeStates
from engine.events import Token
from engine.handles import ChangeEvent

ID = ObjectId("60c72b2f9b1d8b1a2d3e4567")


@pytest.fixture
def source() -> DirtySource:
    return DirtySource(SocketCredentials(), TypeStates(), database_id="d")


@pytest.mark.parametrize("operation", ["insert", "update", "delete"])
def test_a_change_is_a_message(source: DirtySource, operation: str) -> None:
    change = ChangeEvent(Token(1, 2), "Person", operation, ID, 1, "k1", datetime(2026, 1, 1))
    event = source.change(change, access=DirtyAccess(types="a"))
    assert event is not None
    assert (event.name, event.data, event.id) == (MESSAGE, f"Person|{ID}".encode(), "1-2-")


def test_changed_entity_types_are_an_event_once(source: DirtySource) -> None:
    polls = [source.poll(DirtyAccess(types=types)) for types in ("a", "a", "b", "b", "a")]
    assert [[event.name for event in events] for events in polls] == [[], [], [TYPES], [], [TYPES]]
