"""An import ends with exact counts, even when processes are killed while it runs."""

from __future__ import annotations

import gzip
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from django.db import OperationalError, connection
from django.utils import timezone

import catalog.services
import catalog.services.stores.clusters
import engine
from accounts.principal import Principal
from catalog.models import Collection, Database
from catalog.models import State as EntryState
from features.jobs import services, spool
from features.jobs.json_splitter import Batch, JsonSplitter
from features.jobs.models import Job, JobState
from features.jobs.services import imports, jobs, leases
from features.jobs.services.imports import importing
from tests.features.jobs.conftest import FIELDS, Accept, rows_of

ROWS = 35
Numbers = Callable[..., list[int] | None]
WRONG = [{"n": number} if number != 27 else {"n": "x"} for number in range(ROWS)]


def state_of(job: Job) -> tuple[str, int]:
    job.refresh_from_db()
    return job.state, job.rows


def expire(job: Job, **values: Any) -> None:
    """Let the lease of the job expire, as after the death of its worker."""
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(lease_owner="the dead", lease_until=past, **values)


class Died(BaseException):
    """Nothing catches it, as nothing catches `kill -9`."""


@pytest.fixture
def die(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return `die(job, at=20)`, which runs the job until a batch that begins at the row is stored, then dies."""

    def die(job: Job, *, at: int, saved: bool) -> None:
        load = importing._load_batch

        def load_and_die(work: Job, target: engine.Collection, batch: Batch) -> list[importing.Rejected]:
            rejected = load(work, target, batch)
            if batch.row == at:
                raise Died
            return rejected

        with monkeypatch.context() as patch:
            patch.setattr(importing, "_load_batch", load_and_die)
            patch.setattr(leases, "_RENEW_SECONDS", 0.0 if saved else 60.0)
            with suppress(Died):
                services.run(job.pk)
        expire(job)

    yield die


# --- to the end ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, ROWS])
@pytest.mark.parametrize("collection", ["films", "new"])
def test_every_row_once(accept: Accept, numbers: Numbers, count: int, collection: str) -> None:
    job = accept(rows_of(count), collection=collection)
    services.run(job.pk)
    assert state_of(job) == (JobState.DONE, count)
    assert (job.position, job.lease_owner != "", job.finished_at is not None) == (job.size, True, True)
    before = [-1] if collection == "films" else []
    assert numbers(collection) == ([*before, *range(count)] if before or count else None)
    assert not spool.path_of(job.pk).exists()


def test_what_is_done_is_not_done_again(accept: Accept, numbers: Numbers) -> None:
    job = accept(rows_of(ROWS))
    for _ in range(3):
        services.run(job.pk)
        expire(job)
    assert (state_of(job), numbers()) == ((JobState.DONE, ROWS), [-1, *range(ROWS)])


@pytest.mark.parametrize("collection", ["films", "new"])
@pytest.mark.parametrize("saved", [True, False], ids=["progress saved", "progress not saved"])
def test_the_worker_after_a_dead_one_continues(
    accept: Accept, numbers: Numbers, die: Callable, collection: str, saved: bool
) -> None:
    job = accept(rows_of(ROWS), collection=collection)
    die(job, at=10, saved=saved)
    assert state_of(job) == (JobState.RUNNING, 10 if saved else 0)
    assert services.stalled() == [job.pk]
    services.run(job.pk)
    assert state_of(job) == (JobState.DONE, ROWS)
    assert numbers(collection) == ([-1] if collection == "films" else []) + [*range(ROWS)]


def test_fields_are_inferred_from_rows_that_the_dead_has_read(
    accept: Accept, die: Callable, owner: Principal, database: engine.Database
) -> None:
    job = accept([{"early": "x"}, *rows_of(ROWS)], collection="new")
    die(job, at=20, saved=True)
    services.run(job.pk)
    described = catalog.services.queries.describe_database(owner, database.id)["collections"][1]
    assert described["fields"] == [{"name": "early", "type": "string"}, {"name": "n", "type": "number"}]


def test_many_deaths(accept: Accept, numbers: Numbers, die: Callable) -> None:
    job = accept(rows_of(ROWS))
    for at in (0, 0, 10, 30, 30):
        die(job, at=at, saved=at == 10)
    services.run(job.pk)
    assert (state_of(job), numbers()) == ((JobState.DONE, ROWS), [-1, *range(ROWS)])


def test_death_between_showing_the_collection_and_saying_so(
    accept: Accept, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = accept(rows_of(ROWS), collection="new")
    publish = catalog.services.import_target.publish

    def publish_and_die(*args: Any, **kwargs: Any) -> None:
        publish(*args, **kwargs)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(catalog.services.import_target, "publish", publish_and_die)
        with suppress(Died):
            services.run(job.pk)
    expire(job)
    services.run(job.pk)
    assert (state_of(job), numbers("new")) == ((JobState.DONE, ROWS), [*range(ROWS)])


# --- to failure ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", ["films", "new"])
@pytest.mark.parametrize(
    ("content", "index"),
    [
        (b'[{"n": 0}, {"n": 1}, {"n": 2} {"n": 3}]', 3),
        (b'{"n": 0}\n{"n": 1}\nnull\n', 2),
        (b"[" + b",".join(b'{"n": %d}' % n for n in range(ROWS)), ROWS),
        (b"\n".join(b'{"n": %d}' % n for n in range(ROWS)) + b"\n{", ROWS),
    ],
)
def test_a_broken_file_leaves_nothing(
    accept: Accept, numbers: Numbers, content: bytes, index: int, collection: str
) -> None:
    job = accept(content, collection=collection)
    services.run(job.pk)
    (issue,) = job.errors or Job.objects.get(pk=job.pk).errors
    assert (state_of(job)[0], job.kind, issue["field"], issue["index"]) == (
        *(JobState.FAILED, "Invalid", "json_file"),
        index,
    )
    assert f"row {index})" in job.message
    assert (numbers("films"), numbers("new")) == ([-1], None)
    assert not spool.path_of(job.pk).exists()


def test_errors_are_reported_by_row(accept: Accept, numbers: Numbers) -> None:
    job = accept(WRONG)
    services.run(job.pk)
    assert state_of(job)[0] == JobState.FAILED
    assert job.errors == [{"field": "n", "message": "Must be a number.", "index": 27}]
    assert numbers() == [-1]


def test_what_is_kept_of_a_fault_any_database_can_keep(accept: Accept) -> None:
    job = accept([{"a\0b": 1}, {"$" + "x" * 5000: 1}])
    services.run(job.pk)
    assert state_of(job)[0] == JobState.FAILED
    assert [(issue["field"][:3], len(issue["field"]), issue["index"]) for issue in job.errors] == [
        ("a\ufffdb", 3, 0),
        ("$xx", 1000, 1),
    ]
    assert "\0" not in job.message


def test_at_most_twenty_faults_are_kept(accept: Accept, settings: Any) -> None:
    settings.IMPORT_BATCH_DOCUMENTS = 100
    job = accept([{"n": "x"}] * ROWS)
    services.run(job.pk)
    assert state_of(job)[0] == JobState.FAILED
    assert [issue["index"] for issue in job.errors] == [*range(20)]


@pytest.mark.parametrize("saved", [True, False])
def test_death_while_undoing(
    accept: Accept, numbers: Numbers, monkeypatch: pytest.MonkeyPatch, saved: bool
) -> None:
    job = accept(WRONG)
    with monkeypatch.context() as patch:
        patch.setitem(
            jobs._HANDLERS, "import", jobs.TaskHandler(importing.load, lambda job: (_ for _ in ()).throw(Died()))
        )
        patch.setattr(leases, "_RENEW_SECONDS", 0.0 if saved else 60.0)
        with suppress(Died):
            services.run(job.pk)
    assert (state_of(job)[0], numbers()) == (JobState.ROLLING_BACK, [-1, *range(20)])
    expire(job)
    services.run(job.pk)
    assert (state_of(job)[0], numbers()) == (JobState.FAILED, [-1])
    assert job.errors[0]["index"] == 27


def test_undoing_spares_what_others_have_written(
    accept: Accept, numbers: Numbers, database: engine.Database, die: Callable
) -> None:
    job = accept(WRONG)
    die(job, at=10, saved=True)
    database.collection("films").insert([{"n": 1000}])
    other = accept(rows_of(3))
    services.run(other.pk)
    services.run(job.pk)
    assert numbers() == [-1, 0, 1, 2, 1000]


def test_an_unexpected_error_is_reported_neutrally(
    accept: Accept, numbers: Numbers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def surprise(*args: Any) -> None:
        raise ZeroDivisionError("mongodb://secret")

    job = accept(rows_of(ROWS))
    with monkeypatch.context() as patch:
        patch.setattr(importing, "_load_batch", surprise)
        services.run(job.pk)
    assert (state_of(job)[0], job.kind, job.message) == (
        JobState.FAILED,
        "Error",
        "Something went wrong on our side.",
    )
    assert (numbers(), "ZeroDivisionError" in caplog.text) == ([-1], True)


@pytest.mark.parametrize("collection", ["films", "new"])
def test_a_file_that_is_lost(accept: Accept, numbers: Numbers, collection: str) -> None:
    job = accept(rows_of(ROWS), collection=collection)
    spool.remove(job.pk)
    services.run(job.pk)
    assert (state_of(job)[0], numbers("films"), numbers("new")) == (JobState.FAILED, [-1], None)


# --- dropped during the import --------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", ["films", "new"])
@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.usefixtures("quick_drops")
def test_a_dropped_database_ends_its_jobs(
    accept: Accept, owner: Principal, database: engine.Database, die: Callable, collection: str, begun: bool
) -> None:
    job = accept(rows_of(ROWS), collection=collection)
    if begun:
        die(job, at=10, saved=True)
    catalog.services.deletion.drop_database(owner, database.id, confirmation="first")
    services.run(job.pk)
    assert (state_of(job)[0], job.kind, job.message) == (JobState.FAILED, "NotFound", "Not found or access denied")
    assert not spool.path_of(job.pk).exists()
    assert database.physical not in catalog.services.stores.clusters.store()._client.list_database_names()


@pytest.mark.parametrize("collection", ["films", "new"])
@pytest.mark.usefixtures("quick_drops")
def test_a_job_ends_when_its_database_is_dropped_under_it(
    accept: Accept,
    owner: Principal,
    database: engine.Database,
    monkeypatch: pytest.MonkeyPatch,
    collection: str,
) -> None:
    """Check that nothing more is written: MongoDB would create the database again for it."""
    job = accept(rows_of(ROWS), collection=collection)
    load, loaded = importing._load_batch, []

    def load_and_drop(work: Job, target: engine.Collection, batch: Batch) -> None:
        load(work, target, batch)
        loaded.append(batch.row)
        if batch.row == 10:
            catalog.services.deletion.drop_database(owner, database.id, confirmation="first")

    monkeypatch.setattr(importing, "_load_batch", load_and_drop)
    services.run(job.pk)
    assert (loaded, state_of(job)[0], job.kind) == ([0, 10], JobState.FAILED, "NotFound")
    assert database.physical not in catalog.services.stores.clusters.store()._client.list_database_names()


@pytest.mark.usefixtures("quick_drops")
def test_a_job_does_not_go_on_in_a_namesake(
    accept: Accept,
    owner: Principal,
    database: engine.Database,
    numbers: Numbers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = accept(rows_of(ROWS))
    load = importing._load_batch

    def load_and_replace(work: Job, target: engine.Collection, batch: Batch) -> None:
        load(work, target, batch)
        if batch.row == 10:
            catalog.services.deletion.drop_collections(owner, database.id, names=["films"])
            catalog.services.creation.add_collections(
                owner, database.id, collections=[{"name": "films", "fields": FIELDS}]
            )

    monkeypatch.setattr(importing, "_load_batch", load_and_replace)
    services.run(job.pk)
    assert (state_of(job)[0], job.message, numbers()) == (
        JobState.FAILED,
        "The collection 'films' was dropped.",
        [],
    )


@pytest.mark.usefixtures("quick_drops")
def test_a_dropped_collection_ends_its_jobs(
    accept: Accept, owner: Principal, database: engine.Database, numbers: Numbers, die: Callable
) -> None:
    job = accept(rows_of(ROWS))
    die(job, at=10, saved=True)
    catalog.services.deletion.drop_collections(owner, database.id, names=["films"])
    services.run(job.pk)
    assert (state_of(job)[0], job.kind, numbers()) == (JobState.FAILED, "NotFound", None)


def test_a_name_that_was_taken_during_the_import(
    accept: Accept, owner: Principal, database: engine.Database, numbers: Numbers
) -> None:
    first, second = accept(rows_of(3), collection="new"), accept(rows_of(5), collection="new")
    services.run(first.pk)
    services.run(second.pk)
    assert (state_of(second)[0], second.kind, numbers("new")) == (JobState.FAILED, "Conflict", [0, 1, 2])


# --- leases -------------------------------------------------------------------------------------------


def test_one_holds_the_lease(accept: Accept) -> None:
    job = accept(rows_of(1))
    first, second = leases.Lease(job.pk), leases.Lease(job.pk)
    assert first.take().pk == job.pk
    assert second.take() is None
    first.save(rows=1)
    with pytest.raises(leases.LostLease):
        second.save(rows=2)
    assert state_of(job) == (JobState.QUEUED, 1)


def test_a_lease_that_ran_out_is_taken_over(accept: Accept) -> None:
    job = accept(rows_of(1))
    first, second = leases.Lease(job.pk), leases.Lease(job.pk)
    first.take()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert second.take().pk == job.pk
    with pytest.raises(leases.LostLease):
        first.save(rows=9)
    first.release()
    job.refresh_from_db()
    assert (job.rows, job.lease_owner) == (0, second.owner)


def test_a_lease_that_is_given_back_can_be_taken_at_once(accept: Accept) -> None:
    job = accept(rows_of(1))
    lease = leases.Lease(job.pk)
    lease.take()
    lease.save(state=JobState.RUNNING)
    lease.release()
    assert services.stalled() == [job.pk]
    assert leases.Lease(job.pk).take() is not None


def test_saving_renews(accept: Accept, settings: Any) -> None:
    settings.IMPORT_LEASE_SECONDS = 1000
    job = accept(rows_of(1))
    lease = leases.Lease(job.pk)
    lease.take()
    Job.objects.update(lease_until=timezone.now())
    lease.save_periodically(rows=1)
    assert state_of(job) == (JobState.QUEUED, 0)
    lease.save(rows=1)
    assert state_of(job) == (JobState.QUEUED, 1)
    assert job.lease_until > timezone.now() + timedelta(seconds=900)


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED])
def test_what_has_ended_has_no_lease(accept: Accept, state: JobState) -> None:
    job = accept(rows_of(1))
    expire(job, state=state)
    assert leases.Lease(job.pk).take() is None


def test_a_document_store_that_is_away_is_waited_for(
    accept: Accept, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = accept(rows_of(ROWS))

    def away(*args: Any) -> None:
        raise engine.Unavailable("The document store does not respond; try again.")

    with monkeypatch.context() as patch:
        patch.setattr(importing, "_load_batch", away)
        services.run(job.pk)
    assert (state_of(job)[0], job.lease_owner, services.stalled()) == (JobState.RUNNING, "", [job.pk])
    services.run(job.pk)
    assert (state_of(job), numbers()) == ((JobState.DONE, ROWS), [-1, *range(ROWS)])


def test_a_platform_database_that_is_away_is_waited_for(
    accept: Accept, numbers: Numbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = accept(rows_of(ROWS))

    def away(*args: Any) -> None:
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patch:
        patch.setattr(importing, "_load_batch", away)
        with pytest.raises(OperationalError):
            services.run(job.pk)
    assert state_of(job)[0] == JobState.RUNNING
    expire(job)
    services.run(job.pk)
    assert (state_of(job), numbers()) == ((JobState.DONE, ROWS), [-1, *range(ROWS)])


# --- two at once --------------------------------------------------------------------------------------


def run_in_thread(job: Job) -> threading.Thread:
    def work() -> None:
        try:
            services.run(job.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("collection", ["films", "new"])
def test_several_workers_on_one_job(accept: Accept, numbers: Numbers, collection: str) -> None:
    job = accept(rows_of(300), collection=collection)
    for thread in [run_in_thread(job) for _ in range(4)]:
        thread.join()
    assert state_of(job) == (JobState.DONE, 300)
    assert numbers(collection) == ([-1] if collection == "films" else []) + [*range(300)]


@pytest.fixture
def nap(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Make the first worker that reaches row 10 report that it sleeps, and sleep until it is woken."""
    asleep, wake = threading.Event(), threading.Event()
    batches = JsonSplitter.batches
    monkeypatch.setattr(leases, "_RENEW_SECONDS", 0.0)

    def batches_with_a_nap(reader: JsonSplitter, size: int) -> Iterator[Batch]:
        for batch in batches(reader, size):
            if batch.row == 10 and not asleep.is_set():
                asleep.set()
                assert wake.wait(100)
            yield batch

    monkeypatch.setattr(JsonSplitter, "batches", batches_with_a_nap)
    yield asleep, wake
    wake.set()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("collection", ["films", "new"])
def test_a_worker_that_was_only_slow(
    accept: Accept, numbers: Numbers, nap: tuple[threading.Event, threading.Event], collection: str
) -> None:
    """Check that a worker that lost its lease changes nothing after another worker has done the job."""
    job, (asleep, wake) = accept(rows_of(ROWS), collection=collection), nap
    slow = run_in_thread(job)
    assert asleep.wait(100)
    expire(job)
    services.run(job.pk)
    ended = state_of(job)
    wake.set()
    slow.join()
    assert ended == state_of(job) == (JobState.DONE, ROWS)
    assert numbers(collection) == ([-1] if collection == "films" else []) + [*range(ROWS)]
    assert Collection.objects.filter(state=EntryState.READY).count() == (1 if collection == "films" else 2)
    assert Database.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_slow_worker_does_not_restart_what_another_rolled_back(
    accept: Accept, numbers: Numbers, nap: tuple[threading.Event, threading.Event]
) -> None:
    """Check that no second collection is created, which would block the name for good."""
    broken = b"\n".join(b'{"n": %d}' % row for row in range(ROWS)) + b"\n]"
    job, (asleep, wake) = accept(broken, collection="new"), nap
    slow = run_in_thread(job)
    assert asleep.wait(100)
    expire(job)
    services.run(job.pk)
    wake.set()
    slow.join()
    assert (state_of(job)[0], numbers("new")) == (JobState.FAILED, None)
    assert [*Collection.objects.filter(name="new").values_list("state", flat=True)] == [EntryState.DROPPING]
    second = accept(rows_of(3), collection="new")
    services.run(second.pk)
    assert numbers("new") == [0, 1, 2]


# --- tables, and rows with errors -----------------------------------------------------------------------


def submit(owner: Principal, database: engine.Database, content: bytes, **options: Any) -> Job:
    source = {"collection": "films", "file_name": "rows.csv", **options}
    job_id = imports.submit_import(
        owner, database_id=database.id, file=io.BytesIO(content), size=len(content), **source
    )
    return Job.objects.get(pk=job_id)


def rejected(owner: Principal, job: Job) -> list[tuple[int, str]]:
    lines = b"".join(imports.read_rejects(owner, job.pk)[1]).splitlines()
    rows = map(orjson.loads, lines)
    return [(row["row"], row["errors"][0]["message"]) for row in rows]


def test_a_table_becomes_a_collection(owner: Principal, database: engine.Database) -> None:
    content = gzip.compress(
        b"n;on;who;_id\n1;2026-01-31;ann;65a1b2c3d4e5f60718293a4b\n2;;;65a1b2c3d4e5f60718293a4c\n"
    )
    job = submit(owner, database, content, collection="table", file_name="rows.csv.gz")
    services.run(job.pk)
    assert (state_of(job), job.position, job.message) == ((JobState.DONE, 2), len(content), "")
    catalog.services.access.invalidate(database.id)
    table = catalog.services.access.open_database(owner, database.id).collection("table")
    assert table.spec.schema.as_list() == [
        {"name": "n", "type": "number"},
        {"name": "on", "type": "date"},
        {"name": "who", "type": "string"},
    ]
    found = table.find(engine.Query(sort=(("n", 1),))).documents
    assert [(item["n"], item.get("on"), str(item["_id"])[-1]) for item in found] == [
        (1, date(2026, 1, 31), "b"),
        (2, None, "c"),
    ]


SKIPPED = [(3, "Must be a number."), (12, "Must be a number."), (27, "Must be a number.")]
BAD_ROWS = b"n\n" + b"".join(b"x\n" if number in (3, 12, 27) else b"%d\n" % number for number in range(ROWS))


def test_rows_with_errors_are_left_out_and_listed(
    owner: Principal, database: engine.Database, numbers: Numbers
) -> None:
    job = submit(owner, database, BAD_ROWS, skip_errors=True)
    services.run(job.pk)
    status = services.status(owner, job.pk)
    assert (status.state, status.inserted_count, status.rejected_count) == ("done", ROWS - 3, 3)
    assert numbers() == [-1, *(number for number in range(ROWS) if number not in (3, 12, 27))]
    assert rejected(owner, job) == SKIPPED


def test_without_the_option_a_row_with_an_error_stops_the_import(
    owner: Principal, database: engine.Database, numbers: Numbers
) -> None:
    job = submit(owner, database, BAD_ROWS)
    services.run(job.pk)
    assert (state_of(job)[0], job.errors, numbers()) == (
        JobState.FAILED,
        [{"field": "n", "message": "Must be a number.", "index": 3}],
        [-1],
    )


@pytest.mark.parametrize("saved", [True, False], ids=["progress saved", "progress not saved"])
def test_rejected_rows_are_listed_once_after_deaths(
    owner: Principal, database: engine.Database, numbers: Numbers, die: Callable, saved: bool
) -> None:
    job = submit(owner, database, BAD_ROWS, skip_errors=True)
    for at in (0, 10, 10, 20):
        die(job, at=at, saved=saved)
    services.run(job.pk)
    assert (services.status(owner, job.pk).inserted_count, rejected(owner, job)) == (ROWS - 3, SKIPPED)
    assert numbers() == [-1, *(number for number in range(ROWS) if number not in (3, 12, 27))]


def test_rejected_values_that_must_be_unique(owner: Principal, database: engine.Database) -> None:
    fields = [{"name": "n", "type": "number", "unique": True}]
    catalog.services.creation.add_collections(owner, database.id, collections=[{"name": "codes", "fields": fields}])
    codes = catalog.services.access.open_database(owner, database.id).collection("codes")
    content = b"n,x\n" + b"".join(b"%d,%d\n" % (number % 12, number) for number in range(15))
    job = submit(owner, database, content, collection="codes", skip_errors=True)
    services.run(job.pk)
    assert (services.status(owner, job.pk).inserted_count, [row for row, _ in rejected(owner, job)]) == (
        12,
        [12, 13, 14],
    )
    found = codes.find(engine.Query(sort=(("n", 1),), limit=50)).documents
    assert [(item["n"], item["x"]) for item in found] == [(n, n) for n in range(12)]


def test_rows_of_json_are_left_out_too(owner: Principal, database: engine.Database, numbers: Numbers) -> None:
    content = b'[{"n": 1}, {"n": "x"}, {"n": 2}]'
    job = submit(owner, database, content, file_name="rows.json", skip_errors=True)
    services.run(job.pk)
    assert (numbers(), rejected(owner, job)) == ([-1, 1, 2], [(1, "Must be a number.")])


def test_a_new_collection_without_a_good_row_never_appears(
    owner: Principal, database: engine.Database, numbers: Numbers
) -> None:
    content = b"a,b\n1,2,3\n"
    job = submit(owner, database, content, collection="new", skip_errors=True)
    services.run(job.pk)
    status = services.status(owner, job.pk)
    assert (status.state, status.inserted_count, status.rejected_count, numbers("new")) == ("done", 0, 1, None)


def test_a_failed_import_keeps_no_rejected_rows(owner: Principal, database: engine.Database) -> None:
    job = submit(owner, database, BAD_ROWS + b'"', skip_errors=True)
    services.run(job.pk)
    assert (state_of(job)[0], spool.result_path_of(job.pk).exists()) == (JobState.FAILED, False)


def test_too_many_rows_with_errors_fail_the_import(
    owner: Principal, database: engine.Database, numbers: Numbers, settings: Any
) -> None:
    settings.MAX_REJECTED_ROWS = 2
    job = submit(owner, database, BAD_ROWS, skip_errors=True)
    services.run(job.pk)
    assert (state_of(job)[0], job.kind, numbers()) == (JobState.FAILED, "TooLarge", [-1])


def test_all_values_of_a_batch_that_exist_already_are_refused_at_once(
    owner: Principal, database: engine.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = [{"name": "n", "type": "number", "unique": True}]
    catalog.services.creation.add_collections(owner, database.id, collections=[{"name": "codes", "fields": fields}])
    calls = []
    insert = importing._insert
    monkeypatch.setattr(importing, "_insert", lambda *args: [calls.append(args), insert(*args)])
    job = submit(owner, database, b"n\n" + b"5\n" * 10, collection="codes", skip_errors=True)
    services.run(job.pk)
    status = services.status(owner, job.pk)
    assert (status.inserted_count, status.rejected_count, len(calls)) == (1, 9, 2)
