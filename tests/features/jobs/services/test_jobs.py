"""Jobs that are killed at any point go on and end as if nothing had happened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

import catalog.services
import engine
from accounts.principal import Principal, Scope
from features.jobs import services
from features.jobs.models import Job, JobState
from features.jobs.services import progress
from tests.engine.jobs.test_restore import moment
from tests.tenants import key_of

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


UNIQUE = {"name": "code", "type": "number", "unique": True}


def _changed_since(owner: Principal) -> tuple[engine.Database, Any]:
    """Return a database and a time; a unique field was dropped since, and a text has become a unique number."""
    definition = {"name": "things", "fields": [{"name": "n"}, UNIQUE], "strict": True}
    database, _ = catalog.services.creation.create_database(owner, name="first", collections=[definition])
    things = database.collection("things")
    things.insert([{"n": "1", "code": 1}, {"n": "1", "code": 2}])
    at = moment()
    changes: dict[str, Any] = {
        "operations": [
            {"op": "drop", "name": "code"},
            {"op": "add", "field": {"name": "other", "type": "number", "unique": True}},
        ],
        "strict": False,
        "title_field": "n",
    }
    services.run(services.change_schema(owner, database.id, "things", changes=changes, dry_run=False))
    now = catalog.services.access.open_database(owner, database.id).collection("things")
    now.update(engine.Query(), engine.Change({"code": 7, "more": True}))
    now.insert([{"n": "3", "other": 1}])
    return database, at


def _schema_of(owner: Principal, database: engine.Database) -> tuple[list[dict[str, Any]], bool, str, set[str]]:
    catalog.services.access.invalidate(database.id)
    things = catalog.services.access.open_database(owner, database.id).collection("things")
    unique = {index.keys[0][0] for index in things.indexes.all() if index.of_schema}
    spec = things.spec
    return spec.schema.as_list(), spec.schema.strict, spec.title_field, unique


@pytest.mark.parametrize("steps", [None, 0, 1])
def test_a_restore_with_its_schema(owner: Principal, monkeypatch: pytest.MonkeyPatch, steps: int | None) -> None:
    database, at = _changed_since(owner)
    now = _schema_of(owner, database)
    options: dict[str, Any] = {"at": at, "with_schema": True}
    tried = services.restore_to(owner, database.id, "things", dry_run=True, **options)
    services.run(tried)
    differences = {
        "schema_changes": [
            {"field": "code", "then": UNIQUE, "now": None},
            {"field": "other", "then": None, "now": {"name": "other", "type": "number", "unique": True}},
        ],
        "schema_settings": [
            {"name": "strict", "then": True, "now": False},
            {"name": "title_field", "then": "", "now": "n"},
        ],
    }
    counts = {"changed": 2, "deleted": 1, "restored": 0, **differences, "schema_restored": True}
    assert services.status(owner, tried).result["collections"] == {"things": counts}
    assert _schema_of(owner, database) == now

    job_id = services.restore_to(owner, database.id, "things", dry_run=False, **options)
    if steps is None:
        services.run(job_id)
    else:
        run_and_die(monkeypatch, job_id, steps)
    status = services.status(owner, job_id)
    assert (status.state, status.message) == ("done", "")
    assert status.result["collections"]["things"].items() >= {**differences, "schema_restored": True}.items()
    assert _schema_of(owner, database) == ([{"name": "n", "type": "string"}, UNIQUE], True, "", {"code"})
    things = catalog.services.access.open_database(owner, database.id).collection("things")
    documents = things.find(engine.Query(sort=(("code", 1),), limit=9)).documents
    assert [{name: item[name] for name in item if name not in ("_id", "_sys")} for item in documents] == [
        {"n": "1", "code": 1},
        {"n": "1", "code": 2},
    ]
    with pytest.raises(engine.Conflict):
        things.insert([{"n": "3", "code": 1}])
    with pytest.raises(engine.Invalid):
        things.insert([{"other": 3}])


def test_a_schema_that_cannot_be_restored(owner: Principal) -> None:
    database, at = _changed_since(owner)
    designer = key_of(owner, Scope(engine.ALL_ACTIONS - {engine.Action.DESIGN}))
    with pytest.raises(engine.Forbidden, match="'design'"):
        services.restore_to(designer, database.id, None, at=at, dry_run=True, with_schema=True)
    reference = {"name": "to", "type": "reference", "collection": "goals"}
    catalog.services.creation.add_collections(
        owner, database.id, collections=[{"name": "goals", "fields": [{"name": "a"}]}]
    )
    for operation in ({"op": "add", "field": reference}, {"op": "drop", "name": "to"}):
        changes = {"operations": [operation]}
        services.run(services.change_schema(owner, database.id, "things", changes=changes, dry_run=False))
        at = moment() if operation["op"] == "add" else at
    catalog.services.deletion.drop_collections(owner, database.id, names=["goals"])
    with pytest.raises(
        engine.Conflict, match="then refers to the collection 'goals', which the database does not have"
    ):
        services.restore_to(owner, database.id, "things", at=at, dry_run=False, with_schema=True)
