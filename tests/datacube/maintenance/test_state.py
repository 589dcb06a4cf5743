"""What a process refuses in maintenance and on a full disk."""

from __future__ import annotations

import pytest

import engine
from datacube.maintenance import state
from datacube.maintenance.state import ServiceState
from engine import ALL_ACTIONS, Action
from engine.context.context import require
from engine.errors import OutOfSpace
from web.errors import status_of


def refused() -> set[Action]:
    """Return the actions that are refused though they are allowed."""
    actions = set()
    for action in ALL_ACTIONS:
        try:
            require(ALL_ACTIONS, action)
        except engine.Unavailable:
            actions.add(action)
    return actions


def test_nothing_is_refused_otherwise() -> None:
    assert refused() == set()


def test_maintenance_refuses_all_but_reads() -> None:
    state.apply(ServiceState(in_maintenance=True, message="Until 14:00 UTC."))
    assert refused() == ALL_ACTIONS - {Action.READ}
    with pytest.raises(engine.Unavailable, match=r"only reads are answered\. Until 14:00 UTC\.$") as caught:
        require(ALL_ACTIONS, Action.INSERT)
    assert (status_of(caught.value), caught.value.retry_after, caught.value.reason) == (503, 30, "maintenance")


def test_a_full_disk_refuses_what_needs_space() -> None:
    state.apply(ServiceState(is_full=True))
    assert refused() == {Action.INSERT, Action.WRITE, Action.DESIGN}
    with pytest.raises(OutOfSpace) as caught:
        require(ALL_ACTIONS, Action.WRITE)
    assert (status_of(caught.value), caught.value.retry_after) == (507, 30)


def test_writes_go_on_afterwards_and_what_is_not_allowed_stays_forbidden() -> None:
    state.apply(ServiceState(in_maintenance=True))
    with pytest.raises(engine.Forbidden):
        require(frozenset({Action.READ}), Action.INSERT)
    state.apply(ServiceState())
    assert refused() == set()
