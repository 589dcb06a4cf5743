"""Jobs that give the documents of a collection their rowids."""

from __future__ import annotations

from typing import Any

import pytest

import catalog.services
import engine
from accounts.principal import Principal
from features.jobs import services, tasks
from features.jobs.models import Job, Task


@pytest.fixture(autouse=True)
def other_processes_forget_at_once(settings: Any) -> None:
    settings.CACHE_SECONDS = 0


def opened(owner: Principal, database: engine.Database) -> engine.Database:
    return catalog.services.access.open_database(owner, database.id)


def rowids(database: engine.Database) -> list[tuple[int, int]]:
    page = database.collection("films").with_hidden_fields().find(engine.Query(sort=(("n", 1),)))
    return [(document["n"], document["_rowid"]) for document in page.documents]


def test_a_small_collection_is_numbered_at_once_and_only_once(owner: Principal, database: engine.Database) -> None:
    tasks.ensure_rowids(database, "films")
    numbered = opened(owner, database)
    numbered.collection("films").insert([{"n": 5}])
    assert rowids(numbered) == [(-1, 1), (5, 2)]
    tasks.ensure_rowids(numbered, "films")
    (job,) = Job.objects.filter(task=Task.NUMBERING)
    assert (job.state, job.result, job.grant) == ("done", {"numbered": 1}, {"actor": "numbering"})
    assert services.status(owner, job.pk).percent == 100


def test_a_large_collection_is_numbered_by_a_worker(
    owner: Principal, database: engine.Database, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INLINE_JOB_DOCUMENTS = 0
    queued: list[str] = []
    monkeypatch.setattr(tasks.run_job, "delay", queued.append)
    for _ in range(2):  # the second caller waits for the same job
        with pytest.raises(engine.Unavailable, match="'films' are being numbered") as error:
            tasks.ensure_rowids(database, "films")
        assert error.value.retry_after == 5
    assert len({*queued}) == 1
    tasks.run_job(queued[0])
    assert rowids(opened(owner, database)) == [(-1, 1)]


def test_a_collection_that_does_not_exist_is_not_numbered(database: engine.Database) -> None:
    with pytest.raises(engine.NotFound):
        tasks.ensure_rowids(database, "missing")
    assert not Job.objects.exists()


def test_a_dropped_collection_fails_the_job(owner: Principal, database: engine.Database) -> None:
    job_id = services.number_rows(database, "films")
    assert job_id is not None
    catalog.services.deletion.drop_collections(owner, database.id, names=["films"])
    services.run(job_id)
    job = Job.objects.get(pk=job_id)
    assert (job.state, job.kind) == ("failed", "NotFound")
