"""An upload ends with the whole file or with nothing, also when workers die."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

import catalog.services
import engine
from accounts.principal import AccountPrincipal
from catalog.models import Collection, Database, State
from dialects.airsequel.platform.files.sqlite_tables import tables_of
from features.jobs import services
from features.jobs.models import Job, JobState
from features.sqlite_files.services import importing
from tests.features.sql.test_reading import file_of, reader

SCRIPT = """
CREATE TABLE one (id INTEGER PRIMARY KEY, t TEXT); CREATE TABLE two (a INT UNIQUE);
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2500)
  INSERT INTO one SELECT x * 2, x FROM n;
INSERT INTO two VALUES (1), (2), (3);
"""
Submit = Callable[..., Job]


@pytest.fixture(autouse=True)
def own_spool(settings: Any, tmp_path: Path) -> None:
    settings.SPOOL = tmp_path / "spool"


@pytest.fixture
def submit(owner: AccountPrincipal) -> Submit:
    """Return `submit(database_id)`, which records the job of an upload; a new database without an id."""

    def submit(database_id: str = "") -> Job:
        content = file_of(SCRIPT)
        with reader(content) as file:
            plan = tables_of(file.description, attributes={"file_format": "sqlite"}).plan
        if database_id:
            job_id = importing.submit_replacement(owner, database_id, plan, io.BytesIO(content), file_fields={})
        else:
            job_id, _ = importing.submit_new(owner, plan, io.BytesIO(content), title="Numbers")
        return Job.objects.get(pk=job_id)

    return submit


def die(job: Job, monkeypatch: pytest.MonkeyPatch, *, at: str) -> None:
    """Run a job until a step is done, and die there."""
    step = getattr(importing, at)

    class DiedError(BaseException):
        """Nothing catches it, as nothing catches `kill -9`."""

    def step_and_die(*args: Any, **kwargs: Any) -> Any:
        step(*args, **kwargs)
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(importing, at, step_and_die)
        with suppress(DiedError):
            services.run(job.pk)
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(lease_owner="the dead", lease_until=past)


def content_of(owner: AccountPrincipal, database_id: str) -> dict[str, list[Any]] | None:
    """Return the numbers of the rows by collection; None while the database is invisible."""
    catalog.services.access.invalidate(database_id)
    try:
        database = catalog.services.access.open_database(owner, database_id)
    except engine.NotFound:
        return None
    handles = {name: database.collection(name).with_hidden_fields() for name in database.specs}
    return {
        name: [row["_rowid"] for batch in handle.each(engine.Query(sort=(("_rowid", 1),))) for row in batch]
        for name, handle in handles.items()
    }


WHOLE = {"one": [*range(2, 5_001, 2)], "two": [1, 2, 3]}


@pytest.mark.parametrize("at", ["_finish", "publish_contents"])
def test_the_worker_after_a_dead_one_finishes(
    owner: AccountPrincipal, submit: Submit, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    job = submit()
    die(job, monkeypatch, at=at)
    assert content_of(owner, job.database_id) == (None if at == "_finish" else WHOLE)
    services.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.rows, content_of(owner, job.database_id)) == (JobState.DONE, 2_503, WHOLE)
    collection = catalog.services.access.open_database(owner, job.database_id).collection("one")
    (document,) = collection.with_hidden_fields().create([{"t": "new"}])
    assert (document["id"], document["_rowid"]) == (5_001, 5_001)


def test_a_replacement_is_whole_or_nothing(
    owner: AccountPrincipal, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = [catalog.services.hidden_fields.ROWID_FIELD, {"name": "n", "type": "number"}]
    database, _ = catalog.services.creation.create_database(
        owner, name="target", collections=[{"name": "one", "fields": fields}]
    )
    database.collection("one").insert([{"n": 5}])
    broken = submit(database.id)
    with monkeypatch.context() as patch:
        patch.setattr(importing, "_finish", lambda *_: (_ for _ in ()).throw(engine.Invalid("broken")))
        services.run(broken.pk)
    broken.refresh_from_db()
    assert (broken.state, content_of(owner, database.id)) == (JobState.FAILED, {"one": [1]})
    assert not Collection.objects.filter(filler=broken.pk, state=State.FILLING).exists()
    locked = submit(database.id)
    Database.objects.filter(public_id=database.id).update(schema_locked=True)
    services.run(locked.pk)
    locked.refresh_from_db()
    assert (locked.state, locked.kind, content_of(owner, database.id)) == (
        JobState.FAILED,
        "Forbidden",
        {"one": [1]},
    )
    Database.objects.filter(public_id=database.id).update(schema_locked=False)
    job = submit(database.id)
    services.run(job.pk)
    assert content_of(owner, database.id) == WHOLE


def test_a_failed_upload_leaves_no_database(
    owner: AccountPrincipal, submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit()
    monkeypatch.setattr(
        importing, "publish_contents", lambda *_, **__: (_ for _ in ()).throw(engine.TooLarge("large"))
    )
    services.run(job.pk)
    status = services.status(owner, job.pk)
    assert (status.state, status.message, content_of(owner, job.database_id)) == ("failed", "large", None)
    assert Database.objects.get(public_id=job.database_id).state == State.DROPPING
