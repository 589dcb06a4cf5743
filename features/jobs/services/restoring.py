"""Restores a collection, or all collections of a database, to a past time, as a job."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import catalog.services
import engine
import engine.context
from accounts.principal import AccountPrincipal, Principal
from engine.jobs import Restoration
from engine.schema import equal_json
from features.jobs.models import Job, Task
from features.jobs.services.leases import Lease, principal_of
from features.jobs.services.schema_change import fields_at
from features.jobs.services.submission import record


def restore_to(
    principal: AccountPrincipal, database_id: str, name: str | None, *, at: datetime, dry_run: bool
) -> str:
    """Record the job and return its id.

    `at` is naive UTC. Without a name, all collections with a history are restored.
    """
    database = _database(principal, database_id, name or "")
    began = engine.context.now()
    for collection in _collections(database, name or ""):
        Restoration(collection, at, began).require()
    return record(
        principal,
        database,
        task=Task.RESTORE,
        collection=name or "",
        plan={"moment": at.isoformat(), "began": began.isoformat(), "dry_run": dry_run},
        size=sum(_size(collection) for collection in _collections(database, name or "")),
    )


def restore(job: Job, lease: Lease) -> None:
    """Restore collection by collection; the result holds their counts, and the names of those without a history."""
    database = _database(principal_of(job), job.database_id, job.collection)
    at, began = (datetime.fromisoformat(job.plan[name]) for name in ("moment", "began"))
    result: dict[str, Any] = {"collections": {}, "skipped": _skipped(database, job.collection)}
    finished = 0
    for collection in _collections(database, job.collection):
        restoration = Restoration(collection, at, began)
        restoration.require()

        def progress(count: int, before: int = finished) -> None:
            lease.save_periodically(position=min(before + count, job.size), rows=before + count)

        counts = restoration.dry_run(progress) if job.plan["dry_run"] else restoration.run(progress)
        result["collections"][collection.spec.name] = asdict(counts) | _schema_changes(collection, database.id, at)
        finished += _size(collection)
        lease.save(result=result)


def _schema_changes(collection: engine.Collection, database_id: str, at: datetime) -> dict[str, Any]:
    """Return `{schema_changes: [{field, then, now}]}` for fields that were declared differently at that time.

    A restore changes documents, not declarations.
    """
    fields = fields_at(collection, database_id, at)
    if fields is None:
        return {}
    then, now = ({field["name"]: field for field in side} for side in (fields, collection.spec.schema.as_list()))
    changes = [
        {"field": name, "then": then.get(name), "now": now.get(name)}
        for name in (then | now)
        if not equal_json(then.get(name), now.get(name))
    ]
    return {"schema_changes": changes} if changes else {}


def leave(job: Job) -> None:
    """Keep restored documents: their versions are in the history, and another restore can do the rest."""


def _database(principal: Principal, database_id: str, name: str) -> engine.Database:
    return catalog.services.access.open_database(
        principal, database_id, collection=name or None, surface="management"
    )


def _collections(database: engine.Database, name: str) -> list[engine.Collection]:
    if name:
        return [database.collection(name)]
    return [database.collection(spec.name) for spec in database.specs.values() if spec.history]


def _skipped(database: engine.Database, name: str) -> list[str]:
    return [] if name else [spec.name for spec in database.specs.values() if not spec.history]


def _size(collection: engine.Collection) -> int:
    """Return the number of documents and versions that a restore reads."""
    size = collection.size()
    return 2 * size["documents"] + size["versions"]
