"""What the catalog declares of a collection, and which actions that allows."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from engine.actions import Action
from engine.context.spec import CollectionSpec
from engine.schema.schema import Schema

READ, WRITE = frozenset({Action.READ}), frozenset({Action.WRITE})


@pytest.mark.parametrize(
    ("own_actions", "of_the_database", "action", "expected"),
    [
        (None, READ, Action.READ, True),
        (None, READ, Action.WRITE, False),
        (None, frozenset(), Action.READ, False),
        (WRITE, READ, Action.WRITE, True),
        (WRITE, READ, Action.READ, False),
        (frozenset(), READ | WRITE, Action.READ, False),
    ],
)
def test_actions_of_the_collection_override_those_of_the_database(
    own_actions: frozenset[Action] | None, of_the_database: frozenset[Action], action: Action, expected: bool
) -> None:
    spec = CollectionSpec("films", "c1", allowed=own_actions)
    assert spec.may(action, else_allowed=of_the_database) is expected


def test_history_is_complete_and_everyone_sees_all_unless_declared_otherwise() -> None:
    spec = CollectionSpec("films", "c1")
    assert (spec.schema, spec.history, spec.since) == (Schema(), True, None)
    assert (spec.allowed, spec.own, spec.title_field) == (None, False, "")


def test_the_same_with_hidden_fields_is_made_once() -> None:
    spec = CollectionSpec("films", "c1")
    revealing = spec.with_hidden_fields
    assert revealing.schema == Schema(reveals_hidden=True)
    assert spec.with_hidden_fields is revealing


def test_a_declaration_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        CollectionSpec("films", "c1").own = True  # type: ignore[misc]
