"""Takes a collection, or all collections of a database, back to a moment, as a job."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import catalog.services
import engine
from accounts.principal import Principal
from features.jobs.models import Job, Task
from features.jobs.services.leases import Lease, principal_of
from features.jobs.services.reshaping import fields_at
from features.jobs.services.submission import record


def restore_to(principal: Principal, database_id: str, name: str | None, *, at: datetime, dry_run: bool) -> str:
    """Records the job; `moment` is naive UTC. Without a name all collections that keep a history are meant."""
    database = _database(principal, database_id, name or "")
    began = engine.now()
    for collection in _collections(database, name or ""):
        engine.Restoration(collection, at, began).require()
    return record(
        principal,
        database,
        task=Task.RESTORE,
        collection=name or "",
        plan={"moment": at.isoformat(), "began": began.isoformat(), "dry_run": dry_run},
        size=sum(_size(collection) for collection in _collections(database, name or "")),
    )


def restore(job: Job, lease: Lease) -> None:
    """Collection by collection; the result has the counts of each, and names those that keep no history."""
    database = _database(principal_of(job), job.database_id, job.collection)
    moment, began = (datetime.fromisoformat(job.plan[name]) for name in ("moment", "began"))
    result: dict[str, Any] = {"collections": {}, "skipped": _skipped(database, job.collection)}
    done = 0
    for collection in _collections(database, job.collection):
        restoration = engine.Restoration(collection, moment, began)
        restoration.require()

        def progress(count: int, before: int = done) -> None:
            lease.save_now_and_then(position=min(before + count, job.size), rows=before + count)

        tally = restoration.rehearse(progress) if job.plan["dry_run"] else restoration.run(progress)
        result["collections"][collection.spec.name] = asdict(tally) | _schema_changes(
            collection, database.id, moment
        )
        done += _size(collection)
        lease.save(result=result)


def _schema_changes(collection: engine.Collection, database_id: str, moment: datetime) -> dict[str, Any]:
    """`{schema_changes: [{field, then, now}]}` where fields are declared otherwise than at the moment.

    A restore brings back documents, not declarations.
    """
    fields = fields_at(collection, database_id, moment)
    if fields is None:
        return {}
    then, now = ({field["name"]: field for field in side} for side in (fields, collection.spec.schema.as_list()))
    changes = [
        {"field": name, "then": then.get(name), "now": now.get(name)}
        for name in (then | now)
        if not engine.equal_json(then.get(name), now.get(name))
    ]
    return {"schema_changes": changes} if changes else {}


def leave(job: Job) -> None:
    """What was done stays: it is in the history, and the rest can be done by asking again."""


def _database(principal: Principal, database_id: str, name: str) -> engine.Database:
    return catalog.services.open_database(principal, database_id, collection=name or None, surface="management")


def _collections(database: engine.Database, name: str) -> list[engine.Collection]:
    if name:
        return [database.collection(name)]
    return [database.collection(spec.name) for spec in database.specs.values() if spec.history]


def _skipped(database: engine.Database, name: str) -> list[str]:
    return [] if name else [spec.name for spec in database.specs.values() if not spec.history]


def _size(collection: engine.Collection) -> int:
    """How many documents and versions a walk through all of it would meet."""
    size = collection.size()
    return 2 * size["documents"] + size["versions"]
