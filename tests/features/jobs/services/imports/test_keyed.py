"""An import with a key ends with exact counts, even when processes are killed while it runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import orjson
import pytest
from bson import ObjectId
from django.utils import timezone

import catalog.services
import engine
from accounts.principal import Principal, Scope
from engine.indexes import NewIndex
from features.jobs import services, spool
from features.jobs.json_splitter import Batch
from features.jobs.models import Job, JobState
from features.jobs.services import leases
from features.jobs.services.imports.keyed import KeyedLoader
from features.jobs.services.progress import status_of
from tests.features.jobs.conftest import Accept, rows_of
from tests.tenants import key_of

ROWS = 35


class Died(BaseException):
    """Nothing catches it, as nothing catches `kill -9`."""


def run_and_die(job: Job, monkeypatch: pytest.MonkeyPatch, *, at: int, before: bool) -> None:
    """Run the job until the batch that begins at the row, die before or after it, and let the lease expire."""
    load = KeyedLoader.load

    def load_and_die(loader: KeyedLoader, batch: Batch, ids: list[ObjectId]) -> None:
        if batch.row == at and before:
            raise Died
        load(loader, batch, ids)
        if batch.row == at:
            raise Died

    with monkeypatch.context() as patch:
        patch.setattr(KeyedLoader, "load", load_and_die)
        patch.setattr(leases, "_RENEW_SECONDS", 0.0 if before else 60.0)
        with suppress(Died):
            services.run(job.pk)
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(lease_owner="the dead", lease_until=past)


def result_of(job: Job) -> tuple[str, dict[str, int]]:
    job.refresh_from_db()
    return job.state, job.result


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("collection", ["films", "new"])
def test_counts_are_exact_after_a_worker_has_died(
    accept: Accept,
    numbers: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    database: engine.Database,
    collection: str,
    before: bool,
) -> None:
    films = database.collection("films")
    films.insert(rows_of(12))
    rows = [{**row, "seen": True} for row in rows_of(ROWS)] + [{"n": 3, "seen": False}, {"n": "x"}, {}]
    job = accept(rows, collection=collection, key="n", on_duplicate="upsert", skip_errors=True)
    for at in (10, 20, 30):
        run_and_die(job, monkeypatch, at=at, before=before)
        assert services.stalled() == [job.pk]
    services.run(job.pk)
    old = 12 if collection == "films" else 0
    counts = {"inserted": ROWS - old, "updated": old + 1, "unchanged": 0, "skipped": 0, "rejected": 2}
    if collection == "new":  # where no field is declared, and text is a key like others
        counts |= {"inserted": ROWS + 1, "rejected": 1}
        assert result_of(job) == (JobState.DONE, counts)
        return
    assert result_of(job) == (JobState.DONE, counts)
    assert numbers() == [-1, *range(ROWS)]
    (three,) = films.find(engine.Query(filter={"n": 3})).documents
    assert (three["seen"], three["_sys"]["version"]) == (False, 3)
    rejected = [orjson.loads(line) for line in spool.result_path_of(job.pk).read_bytes().splitlines()]
    assert [item["row"] for item in rejected] == [ROWS + 1, ROWS + 2]


@pytest.mark.parametrize("choice", ["insert", "skip", "upsert", "replace"])
def test_an_error_leaves_nothing(
    accept: Accept, numbers: Callable[..., Any], database: engine.Database, choice: str
) -> None:
    films = database.collection("films")
    films.insert([{"n": 5, "of": "others"}])
    changed = {"seen": True} if choice in ("upsert", "replace") else {}
    rows = [{**row, **changed} for row in rows_of(ROWS)]
    rows = [*rows, {"n": "x"}] if choice != "insert" else [*rows[:5], *rows[6:], {"n": 5}]
    job = accept(rows, key="n", on_duplicate=choice)
    services.run(job.pk)
    status = status_of(Job.objects.get(pk=job.pk))
    assert (status.state, status.errors[0]["index"]) == (JobState.FAILED, len(rows) - 1)
    assert (numbers(), status.inserted_count) == ([-1, 5], 0)
    (five,) = films.find(engine.Query(filter={"n": 5})).documents
    assert (five["of"], "seen" in five) == ("others", False)
    rollback = {"removed": 29, "restored": 1, "kept": 0, "kept_ids": []}
    assert status.result == ({"rollback": rollback} if changed else {})


def test_a_cancelled_import_keeps_what_others_have_changed_and_can_be_resumed(
    accept: Accept, owner: Principal, numbers: Callable[..., Any], database: engine.Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    films = database.collection("films")
    films.insert([{"n": 5}])
    job = accept([{**row, "seen": True} for row in rows_of(ROWS)], key="n", on_duplicate="upsert")
    run_and_die(job, monkeypatch, at=20, before=True)
    films.update(engine.Query(filter={"n": 7}), engine.Change({"stars": 3}))
    services.cancel(owner, job.pk)
    services.run(job.pk)
    (seven,) = films.find(engine.Query(filter={"n": 7})).documents
    rollback = {"removed": 18, "restored": 1, "kept": 1, "kept_ids": [str(seven["_id"])]}
    assert result_of(job) == (JobState.FAILED, {"rollback": rollback})
    assert numbers() == [-1, 5, 7]
    services.resume(owner, job.pk)
    services.run(job.pk)
    counts = {"inserted": ROWS - 2, "updated": 1, "unchanged": 1, "skipped": 0}
    assert result_of(job) == (JobState.DONE, counts)
    assert numbers() == [-1, *range(ROWS)]


def test_without_a_history_the_report_says_what_stays(
    accept: Accept, owner: Principal, database: engine.Database
) -> None:
    definition = {"name": "plain", "fields": [{"name": "n", "type": "number"}], "history": False}
    catalog.services.creation.add_collections(owner, database.id, collections=[definition])
    plain = catalog.services.access.open_database(owner, database.id).collection("plain")
    plain.insert([{"n": 5}, {"n": 100}])
    rows = [*({**row, "seen": True} for row in rows_of(ROWS)), {"n": "x"}]
    job = accept(rows, collection="plain", key="n", on_duplicate="upsert")
    services.run(job.pk)
    status = status_of(Job.objects.get(pk=job.pk))
    rollback = status.result["rollback"]
    assert {name: rollback[name] for name in ("removed", "restored", "kept")} == {
        "removed": 0, "restored": 0, "kept": 30,
    }  # fmt: skip
    assert (status.state, status.inserted_count, status.result["updated"]) == (JobState.FAILED, 29, 1)
    changed = plain.find(engine.Query(filter=rollback["kept_filter"], sort=(("n", 1),), limit=100)).documents
    assert [item["n"] for item in changed if item.get("seen")] == [*range(30)]
    assert {item["n"] for item in changed} <= {*range(30), 100}


def test_rows_that_clash_are_found_among_many(
    accept: Accept, numbers: Callable[..., Any], database: engine.Database
) -> None:
    films = database.collection("films")
    films.indexes.create(NewIndex([("code", 1)], unique=True, partial={"code": {"$gte": 0}}))
    films.insert([{"n": -2, "code": 3}, {"n": -3, "code": 7}])
    job = accept([{"n": n, "code": n} for n in range(10)], key="n", on_duplicate="skip", skip_errors=True)
    services.run(job.pk)
    assert result_of(job)[1] == {"inserted": 8, "updated": 0, "unchanged": 0, "skipped": 0, "rejected": 2}
    assert numbers() == [-3, -2, -1, 0, 1, 2, 4, 5, 6, 8, 9]


def test_the_key_gets_an_index(accept: Accept, owner: Principal, database: engine.Database) -> None:
    films = database.collection("films")
    services.run(accept(rows_of(3), key="n").pk)
    assert "n_1" in films.indexes.names()
    services.run(accept(rows_of(3), key="_id", on_duplicate="skip").pk)
    assert films.indexes.names() == {"_id_", "n_1"}


def test_what_a_key_may_be(accept: Accept, owner: Principal) -> None:
    with pytest.raises(engine.Invalid) as caught:
        accept(rows_of(1), on_duplicate="merge")
    assert [item.field for item in caught.value.errors] == ["on_duplicate", "key"]
    with pytest.raises(engine.Invalid, match="cannot be the key"):
        accept(rows_of(1), key="a.b")
    inserter = key_of(owner, Scope(actions=frozenset({engine.Action.INSERT})))
    with pytest.raises(engine.Forbidden, match="'design'"):
        accept(rows_of(1), key="n", principal=inserter)
    with pytest.raises(engine.Forbidden, match="'write'"):
        accept(rows_of(1), key="_id", on_duplicate="upsert", principal=inserter)
