"""Jobs that are killed at any point go on and end as if nothing had happened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

import catalog.services
import engine
from accounts.principal import Principal
from features.jobs import services
from features.jobs.models import Job, JobState
from features.jobs.services import progress
from tests.engine.jobs.test_restore import moment

pytestmark = pytest.mark.usefixtures("quick_drops")


class Died(BaseException):
    """A worker was killed."""


def make(owner: Principal, count: int = 30) -> tuple[engine.Database, engine.Collection]:
    collections = [{"name": "things", "fields": [{"name": "n"}, {"name": "u", "unique": True}]}]
    database, _ = catalog.services.creation.create_database(owner, name="worked", collections=collections)
    things = database.collection("things")
    things.insert([{"n": str(number)} for number in range(count)])
    return database, things


def die_after(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """Kill the worker after `count` transactions."""
    left = [steps]
    write = engine.Store.write_each

    def write_and_die(self: engine.Store, *args: Any, **named: Any) -> None:
        if not left[0]:
            raise Died
        left[0] -= 1
        write(self, *args, **named)

    monkeypatch.setattr(engine.Store, "write_each", write_and_die)


def run_and_die(monkeypatch: pytest.MonkeyPatch, job_id: str, steps: int) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("engine.store.read._STEP_DOCUMENTS", 7)
        die_after(patch, steps)
        with pytest.raises(Died):
            services.run(job_id)
    assert Job.objects.get(pk=job_id).state == JobState.RUNNING
    Job.objects.filter(pk=job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    services.run(job_id)
    assert Job.objects.get(pk=job_id).state == JobState.DONE


@pytest.mark.parametrize("steps", [0, 2])
def test_a_change_of_schema(owner: Principal, monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    database, things = make(owner)
    changes = {"operations": [{"op": "retype", "field": {"name": "n", "type": "number"}}]}
    run_and_die(
        monkeypatch, services.change_schema(owner, database.id, "things", changes=changes, dry_run=False), steps
    )
    documents = things.find(engine.Query(limit=100)).documents
    assert [item["n"] for item in documents] == [*range(30)]
    assert {item["_sys"]["version"] for item in documents} == {2}
    fresh = catalog.services.access.open_database(owner, database.id).collection("things")
    assert fresh.spec.schema.by_name["n"].type == "number"


@pytest.mark.parametrize("steps", [0, 3])
def test_a_restore(owner: Principal, monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    database, things = make(owner)
    at = moment()
    things.update(engine.Query(), engine.Change({"n": "x"}))
    run_and_die(monkeypatch, services.restore_to(owner, database.id, "things", at=at, dry_run=False), steps)
    documents = things.find(engine.Query(limit=100)).documents
    assert [item["n"] for item in documents] == [str(number) for number in range(30)]
    assert {item["_sys"]["version"] for item in documents} == {3}


def test_a_clone(owner: Principal, monkeypatch: pytest.MonkeyPatch) -> None:
    database, things = make(owner)
    job_id, clone_id = services.clone_to(owner, database.id, name="copy", at=None)
    again = engine.Store.insert_again

    def copy_and_die(self: engine.Store, *args: Any) -> None:
        again(self, *args)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr("engine.store.read._STEP_DOCUMENTS", 7)
        patch.setattr(engine.Store, "insert_again", copy_and_die)
        with pytest.raises(Died):
            services.run(job_id)
    with pytest.raises(engine.NotFound):
        catalog.services.access.open_database(owner, clone_id)
    Job.objects.filter(pk=job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    services.run(job_id)
    copy = catalog.services.access.open_database(owner, clone_id).collection("things")
    assert copy.find(engine.Query(limit=100)).documents == things.find(engine.Query(limit=100)).documents


def test_a_clone_that_fails_leaves_nothing(owner: Principal) -> None:
    database, _ = make(owner)
    job_id, clone_id = services.clone_to(owner, database.id, name="copy", at=None)
    catalog.services.deletion.drop_collections(owner, database.id, names=["things"])
    services.run(job_id)
    status = services.status(owner, job_id)
    assert (status.state, status.kind) == ("failed", "Conflict")
    services.run(services.clone_to(owner, database.id, name="copy", at=None)[0])


def test_a_job_that_is_never_started_is_discarded(owner: Principal) -> None:
    database, _ = make(owner)
    job_id, _ = services.clone_to(owner, database.id, name="copy", at=None)
    services.discard(job_id)
    assert not Job.objects.filter(pk=job_id).exists()
    assert services.clone_to(owner, database.id, name="copy", at=None)[1]


def test_a_schema_that_another_request_changed(owner: Principal) -> None:
    database, _ = make(owner)
    jobs = [
        services.change_schema(
            owner, database.id, "things", changes={"operations": [{"op": "drop", "name": name}]}, dry_run=False
        )
        for name in ("n", "u")
    ]
    for job_id in jobs:
        services.run(job_id)
    assert [services.status(owner, job_id).state for job_id in jobs] == ["done", "failed"]
    assert isinstance(progress.error_of(services.status(owner, jobs[1])), engine.Conflict)
