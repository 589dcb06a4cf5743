"""What an import must be to be accepted, what is stored of it, and what its status reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

import engine
from accounts.principal import Principal, Scope
from engine.errors import KINDS
from features.jobs import services, spool
from features.jobs.models import Job, JobState
from tests.features.jobs.conftest import Accept, rows_of
from tests.tenants import key_of

KEY = Scope(actions=engine.DOCUMENT_ACTIONS)


def test_a_job_is_recorded_with_what_its_owner_may(accept: Accept, owner: Principal, database: Any) -> None:
    job = accept(rows_of(3), principal=key_of(owner, KEY))
    assert (job.state, job.collection, job.makes_collection, job.rows, job.size) == (
        *("queued", "films", False, 0),
        len(json.dumps(rows_of(3))),
    )
    assert job.grant == {
        "actor": "k7",
        "user_id": owner.user_id,
        "teams": [owner.home_team],
        "actions": ["delete", "insert", "read", "write"],
    }
    assert json.loads(spool.path_of(job.pk).read_bytes()) == rows_of(3)
    assert timezone.now() < job.lease_until < timezone.now() + timedelta(seconds=20)


def test_ids_and_prefixes_are_never_the_same(accept: Accept) -> None:
    jobs = [accept(b"[]") for _ in range(20)]
    assert len({job.pk for job in jobs}) == len({job.prefix for job in jobs}) == 20
    assert all(len(job.pk) == 32 and len(job.prefix) == 16 for job in jobs)


def refusal(accept: Accept, own_spool: Path, **call: Any) -> engine.Error:
    with pytest.raises(engine.Error) as caught:
        accept(rows_of(1), **call)
    assert Job.objects.count() == 0
    assert not own_spool.exists()
    return caught.value


@pytest.mark.parametrize("name", ["", "a b", "a.b", "$x", "x" * 101, 7])
def test_bad_names(accept: Accept, own_spool: Path, name: Any) -> None:
    (issue,) = refusal(accept, own_spool, collection=name).errors
    assert issue.field == "collection_name"


@pytest.mark.parametrize("action", sorted(engine.ALL_ACTIONS))
def test_into_a_collection_that_is_there_insert_is_enough(
    accept: Accept, own_spool: Path, owner: Principal, action: engine.Action
) -> None:
    key = key_of(owner, Scope(actions=frozenset({action})))
    if action is engine.Action.INSERT:
        assert accept(rows_of(1), principal=key).state == "queued"
    else:
        assert type(refusal(accept, own_spool, principal=key)) is engine.Forbidden


@pytest.mark.parametrize("actions", [{"insert"}, {"design"}, {"read", "write", "delete", "own"}])
def test_a_new_collection_needs_insert_and_design(
    accept: Accept, own_spool: Path, owner: Principal, actions: set[str]
) -> None:
    key = key_of(owner, Scope(actions=frozenset(engine.Action(name) for name in actions)))
    assert type(refusal(accept, own_spool, principal=key, collection="new")) is engine.Forbidden


def test_a_new_collection_is_marked_as_new(accept: Accept, owner: Principal) -> None:
    key = key_of(owner, Scope(actions=frozenset({engine.Action.INSERT, engine.Action.DESIGN})))
    assert accept(rows_of(1), principal=key, collection="new").makes_collection is True


def test_a_stranger_finds_no_database(accept: Accept, own_spool: Path, make_principal: Callable) -> None:
    error = refusal(accept, own_spool, principal=make_principal())
    assert (type(error), error.message) == (engine.NotFound, "Not found or access denied")


def test_a_job_that_cannot_be_recorded_leaves_no_file(
    accept: Accept, own_spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(Job, "save", fail)
    with pytest.raises(DatabaseError):
        accept(rows_of(1))
    assert list(own_spool.iterdir()) == []


# --- status -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "rows", "position", "count", "percent"),
    [
        (JobState.QUEUED, 0, 0, 0, 0.0),
        (JobState.RUNNING, 30, 50, 30, 50.0),
        (JobState.RUNNING, 1, 33, 1, 33.0),
        (JobState.ROLLING_BACK, 30, 50, 0, 50.0),
        (JobState.FAILED, 30, 50, 0, 50.0),
        (JobState.DONE, 60, 100, 60, 100.0),
    ],
)
def test_how_far_a_job_is(
    accept: Accept, owner: Principal, state: JobState, rows: int, position: int, count: int, percent: float
) -> None:
    job = accept(rows_of(1))
    Job.objects.filter(pk=job.pk).update(state=state, rows=rows, position=position, size=100)
    status = services.status(owner, job.pk)
    assert (status.state, status.inserted_count, status.percent) == (state, count, percent)
    assert (status.done, status.total) == (position, 100)


def test_an_empty_file_is_not_divided_by(accept: Accept, owner: Principal) -> None:
    assert services.status(owner, accept(b"").pk).percent == 0.0


def test_the_status_is_shown_to_those_who_see_the_database(
    accept: Accept, owner: Principal, make_principal: Callable
) -> None:
    job = accept(rows_of(1))
    elsewhere = Scope(actions=engine.ALL_ACTIONS, databases=frozenset({"a" * 24}))
    refusals = set()
    for principal, job_id in [(owner, "x"), (make_principal(), job.pk), (key_of(owner, elsewhere), job.pk)]:
        with pytest.raises(engine.NotFound) as caught:
            services.status(principal, job_id)
        refusals.add((caught.value.message, caught.value.errors))
    assert refusals == {("Not found or access denied", ())}


@pytest.mark.parametrize("kind", KINDS)
def test_a_failed_import_is_raised_as_it_failed(accept: Accept, owner: Principal, kind: type[engine.Error]) -> None:
    job = accept(rows_of(1))
    errors = [{"field": "n", "message": "Must be a number.", "index": 3}]
    values = {"state": JobState.FAILED, "kind": kind.__name__, "message": "It is wrong.", "errors": errors}
    Job.objects.filter(pk=job.pk).update(**values)
    error = services.error_of(services.status(owner, job.pk))
    assert (type(error), error.message) == (kind, "It is wrong.")
    assert error.errors == (engine.FieldError("n", "Must be a number.", 3),)


def test_an_internal_error_is_raised_as_one(accept: Accept, owner: Principal) -> None:
    job = accept(rows_of(1))
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, kind="Error", message="Something went wrong.")
    with pytest.raises(RuntimeError):
        services.error_of(services.status(owner, job.pk))


def test_records_of_jobs_that_ended_long_ago_are_removed(accept: Accept, settings: Any) -> None:
    settings.JOB_DAYS = 3
    jobs = [accept(b"[]") for _ in range(3)]
    for job, days in zip(jobs, (4, 2, None), strict=True):
        ended = days and timezone.now() - timedelta(days=days)
        Job.objects.filter(pk=job.pk).update(finished_at=ended, created_at=timezone.now() - timedelta(days=99))
    services.delete_finished()
    assert {job.pk for job in Job.objects.all()} == {jobs[1].pk, jobs[2].pk}
