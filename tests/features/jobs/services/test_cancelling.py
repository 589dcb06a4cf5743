"""Cancelled imports leave nothing behind, whichever worker runs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import catalog.services
import engine
from accounts.principal import Principal, Scope
from features.jobs import services
from features.jobs.models import Job, JobState
from features.jobs.services import cancelling, leases
from features.jobs.services.imports import importing
from features.jobs.spool import path_of
from tests.features.jobs.conftest import Accept, rows_of
from tests.tenants import key_of

Numbers = Callable[..., list[int] | None]


@pytest.mark.parametrize(("collection", "left"), [("films", [-1]), ("new", None)])
def test_what_is_queued_never_begins(
    accept: Accept, owner: Principal, numbers: Numbers, collection: str, left: Any
) -> None:
    job = accept(rows_of(30), collection=collection)
    assert services.cancel(owner, job.pk).cancelled
    services.run(job.pk)
    status = services.status(owner, job.pk)
    assert (status.state, status.cancelled, status.message) == ("failed", True, "The import was cancelled.")
    assert (status.inserted_count, status.kind) == (0, "Conflict")
    assert numbers(collection) == left
    assert path_of(job.pk).exists()


@pytest.mark.parametrize(("renew_seconds", "batches"), [(-1.0, [0, 10]), (60.0, [0, 10, 20, 30, 40])])
@pytest.mark.parametrize(("collection", "left"), [("films", [-1]), ("new", None)])
def test_what_runs_is_taken_back(
    accept: Accept,
    owner: Principal,
    numbers: Numbers,
    monkeypatch: pytest.MonkeyPatch,
    collection: str,
    left: Any,
    renew_seconds: float,
    batches: list[int],
) -> None:
    """The next time that the lease is renewed, or at the end."""
    monkeypatch.setattr(leases, "_RENEW_SECONDS", renew_seconds)
    job = accept(rows_of(50), collection=collection)
    loaded: list[int] = []
    load = importing._load_batch

    def cancelled_amid(of: Job, target: engine.Collection, batch: Any) -> None:
        load(of, target, batch)
        loaded.append(batch.row)
        if len(loaded) == 2:
            services.cancel(owner, job.pk)

    monkeypatch.setattr(importing, "_load_batch", cancelled_amid)
    services.run(job.pk)
    assert loaded == batches
    assert services.status(owner, job.pk).state == "failed"
    assert numbers(collection) == left


@pytest.mark.parametrize("choice", ["", "upsert"])
@pytest.mark.parametrize("collection", ["films", "new"])
def test_what_was_cancelled_is_resumed(
    accept: Accept,
    owner: Principal,
    numbers: Numbers,
    monkeypatch: pytest.MonkeyPatch,
    choice: str,
    collection: str,
) -> None:
    monkeypatch.setattr(leases, "_RENEW_SECONDS", -1.0)  # each batch is followed by a check
    job = accept(rows_of(50), collection=collection, key=choice and "n", on_duplicate=choice)
    with pytest.raises(engine.Conflict, match="Only an import that was cancelled"):
        services.resume(owner, job.pk)
    checks: list[None] = []

    def cancel_at_third(of: Job) -> None:
        checks.append(None)
        if len(checks) == 4:  # the first is before the first batch
            services.cancel(owner, of.pk)
        cancelling.check_not_cancelled(of)

    with monkeypatch.context() as patch:
        patch.setattr(importing, "check_not_cancelled", cancel_at_third)
        services.run(job.pk)
    before = [-1] if collection == "films" else []
    assert numbers(collection) == (before or None)
    assert services.status(owner, job.pk).inserted_count == 0

    reader = key_of(owner, Scope(actions=frozenset({engine.Action.READ})))
    with pytest.raises(engine.Forbidden):
        services.resume(reader, job.pk)
    services.resume(owner, job.pk)
    assert services.status(owner, job.pk).state == "queued"
    services.run(job.pk)
    assert (services.status(owner, job.pk).state, services.status(owner, job.pk).inserted_count) == ("done", 50)
    assert numbers(collection) == [*before, *range(50)]
    assert not path_of(job.pk).exists()


def test_without_its_file_nothing_is_resumed(accept: Accept, owner: Principal) -> None:
    job = accept(rows_of(3))
    services.cancel(owner, job.pk)
    services.run(job.pk)
    path_of(job.pk).unlink()
    with pytest.raises(engine.Conflict, match="has been deleted"):
        services.resume(owner, job.pk)


def test_what_has_ended_stays(accept: Accept, owner: Principal, numbers: Numbers) -> None:
    job = accept(rows_of(3))
    services.run(job.pk)
    with pytest.raises(engine.Conflict, match="has ended: it is done"):
        services.cancel(owner, job.pk)
    assert numbers() == [-1, 0, 1, 2]


def test_only_imports_are_cancelled(accept: Accept, owner: Principal) -> None:
    job = accept(rows_of(3))
    Job.objects.update(task="restore")
    with pytest.raises(engine.Conflict, match="Only an import"):
        services.cancel(owner, job.pk)
    assert Job.objects.get().plan == {}


def test_who_may_not_insert_may_not_cancel(
    accept: Accept, owner: Principal, make_principal: Callable[..., Principal]
) -> None:
    job = accept(rows_of(3))
    reader = key_of(owner, Scope(actions=frozenset({engine.Action.READ})))
    with pytest.raises(engine.Forbidden):
        services.cancel(reader, job.pk)
    with pytest.raises(engine.NotFound):
        services.cancel(make_principal(), job.pk)
    assert (Job.objects.get().state, Job.objects.get().plan) == (JobState.QUEUED, {})


def test_a_job_that_is_not_cancelled_continues(accept: Accept) -> None:
    cancelling.check_not_cancelled(accept(rows_of(1)))


def test_a_new_collection_declares_what_was_chosen(
    accept: Accept, owner: Principal, database: engine.Database
) -> None:
    job = accept([{"n": "5", "on": "2026-01-31"}], collection="typed")
    Job.objects.update(plan={"fields": [{"name": "on", "type": "date"}]})
    services.run(job.pk)
    assert services.status(owner, job.pk).state == "done"
    catalog.services.access.invalidate(database.id)
    handle = catalog.services.access.open_database(owner, database.id).collection("typed")
    assert handle.spec.schema.as_list() == [{"name": "on", "type": "date"}]
    (document,) = handle.find(engine.Query()).documents
    assert (document["n"], document["on"].isoformat()) == ("5", "2026-01-31")
