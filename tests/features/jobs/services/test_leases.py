"""The principal of a job, and the owner of a lease."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine import Action
from features.jobs.models import Job
from features.jobs.services.leases import Lease, principal_of

DATABASE, OTHER = "a" * 24, "b" * 24


def job(**grant: Any) -> Job:
    members = {"actor": "k7", "user_id": 3, "teams": [5, 6], "actions": ["read", "insert"]}
    return Job(id="j1", database_id=DATABASE, grant={**members, **grant})


def test_a_job_acts_for_the_one_who_submitted_it() -> None:
    principal = principal_of(job())
    assert (principal.actor, principal.user_id, principal.home_team, principal.verified) == ("k7", 3, 5, True)


@pytest.mark.parametrize(
    ("team", "database", "actions"),
    [
        (5, DATABASE, {Action.READ, Action.INSERT}),
        (6, DATABASE, {Action.READ, Action.INSERT}),
        (7, DATABASE, set()),
        (5, OTHER, set()),
    ],
)
def test_a_job_may_do_what_was_granted_in_its_database(team: int, database: str, actions: set[Action]) -> None:
    assert principal_of(job()).actions(team_id=team, database_id=database) == actions


def test_a_job_without_actions_may_do_nothing() -> None:
    assert principal_of(job(actions=[])).actions(team_id=5, database_id=DATABASE) == set()


def test_a_job_creates_no_databases() -> None:
    principal = principal_of(job(actions=[action.value for action in Action]))
    assert principal.actions(team_id=5, database_id=DATABASE) == set(Action)
    assert not principal.may_create_databases()


def test_an_unknown_action_of_a_grant_is_an_error() -> None:
    with pytest.raises(ValueError, match="rule"):
        principal_of(job(actions=["read", "rule"]))


def test_two_leases_of_a_job_have_different_owners() -> None:
    first, second = Lease("j1"), Lease("j1")
    assert (first.job_id, second.job_id) == ("j1", "j1")
    assert re.fullmatch(r"[0-9a-f]{16}", first.owner)
    assert first.owner != second.owner
