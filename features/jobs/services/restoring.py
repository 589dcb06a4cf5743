"""Restores a collection, or all collections of a database, to a past time, as a job; also their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import catalog.services
import engine
import engine.context
from accounts.principal import AccountPrincipal, Principal
from catalog.services.metadata import schema_history
from catalog.services.schema_changes import SchemaPlan, restored_columns
from engine.jobs import Report, Restoration
from engine.schema import equal_json
from features.jobs.models import Job, Task
from features.jobs.services.leases import Lease, principal_of
from features.jobs.services.submission import record

# Members of a schema besides its fields, and their names in the API.
_SETTINGS = {"strict": "strict", "rules": "json_schema", "title_field": "title_field"}


def restore_to(
    principal: AccountPrincipal,
    database_id: str,
    name: str | None,
    *,
    at: datetime,
    dry_run: bool,
    with_schema: bool = False,
) -> str:
    """Record the job and return its id.

    `at` is naive UTC. Without a name, all collections with a history are restored. `with_schema` also declares the
    schemas of then, which needs DESIGN. Raises `Conflict` where one of them cannot be declared.
    """
    database = _database(principal, database_id, name or "")
    began = engine.context.now()
    collections = _collections(database, name or "")
    for collection in collections:
        Restoration(collection, at, began).require()
    names = [collection.spec.name for collection in collections]
    plan = {"moment": at.isoformat(), "began": began.isoformat(), "dry_run": dry_run}
    plan["differences"] = {item: _differences(principal, database_id, item, at) for item in names}
    plan["schemas"] = _schemas(principal, database_id, names, at) if with_schema else {}
    size = sum(_size(collection) for collection in collections)
    return record(principal, database, task=Task.RESTORE, collection=name or "", plan=plan, size=size)


def restore(job: Job, lease: Lease) -> None:
    """Restore collection by collection; the result holds their counts, and the names of those without a history."""
    database = _database(principal_of(job), job.database_id, job.collection)
    result: dict[str, Any] = {"collections": {}, "skipped": _skipped(database, job.collection)}
    finished = 0
    for collection in _collections(database, job.collection):
        name = collection.spec.name

        def progress(count: int, before: int = finished) -> None:
            lease.save_periodically(position=min(before + count, job.size), rows=before + count)

        size = _size(collection)
        counts = asdict(_restored(job, lease, name, progress))
        is_declared = {"schema_restored": True} if name in job.plan["schemas"] else {}
        result["collections"][name] = counts | job.plan["differences"].get(name, {}) | is_declared
        finished += size
        lease.save(result=result)


def _restored(job: Job, lease: Lease, name: str, progress: Any) -> Any:
    """Restore one collection, its documents between the two steps of its schema, and return the counts."""
    at, began = (datetime.fromisoformat(job.plan[member]) for member in ("moment", "began"))
    plans = [_plan(job, name, step) for step in (0, 1)] if name in job.plan["schemas"] else []
    if plans and not job.plan["dry_run"]:
        _declare(job, lease, plans[0], step=0)
    # The collection is opened after its schema was changed.
    collection = _database(principal_of(job), job.database_id, name).collection(name)
    restoration = Restoration(collection, at, began)
    restoration.require()
    counts = restoration.dry_run(progress) if job.plan["dry_run"] else restoration.run(progress)
    if plans and not job.plan["dry_run"]:
        _declare(job, lease, plans[1], step=1)
    return counts


def _declare(job: Job, lease: Lease, plan: SchemaPlan, *, step: int) -> None:
    """Declare a schema, with the indexes of its unique fields, unless an earlier worker has done it."""
    schema = job.plan["schemas"][plan.collection]
    if schema["done"] > step or equal_json(plan.before, plan.after):
        return
    migration = catalog.services.schema_changes.migration(principal_of(job), plan)
    migration.prepare(migration.indexes())
    catalog.services.schema_changes.publish_schema(plan, actor=job.grant["actor"])
    migration.finish(migration.indexes(), Report())
    schema["done"] = step + 1
    lease.save(plan=job.plan)


def _plan(job: Job, name: str, step: int) -> SchemaPlan:
    columns = job.plan["schemas"][name]["columns"]
    return SchemaPlan(job.database_id, name, [], columns[step], columns[step + 1])


def _schemas(principal: AccountPrincipal, database_id: str, names: list[str], at: datetime) -> dict[str, Any]:
    """Return, of each collection whose schema was another, its columns now, while documents are restored, and then.

    `done` is the number of steps between them that are done.
    """
    schemas = {}
    for name in names:
        plans = catalog.services.schema_changes.plan_restore(principal, database_id, name, at=at)
        if plans is not None:
            columns = [plans[0].before, plans[0].after, plans[1].after]
            schemas[name] = {"columns": columns, "done": 0}
    return schemas


def _differences(principal: AccountPrincipal, database_id: str, name: str, at: datetime) -> dict[str, Any]:
    versions = schema_history.list_versions(principal, database_id, name)
    return schema_differences(
        versions[0].declared, schema_history.schema_at(versions, at.replace(tzinfo=UTC)).declared
    )


def schema_differences(now: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    """Return `{schema_changes: [{field, then, now}], schema_settings: [{name, then, now}]}` of what differs."""
    _, then = restored_columns(now, then)
    before, after = ({field["name"]: field for field in side["fields"]} for side in (then, now))
    changes = [
        {"field": name, "then": before.get(name), "now": after.get(name)}
        for name in (before | after)
        if not equal_json(before.get(name), after.get(name))
    ]
    settings = [
        {"name": name, "then": then[column], "now": now[column]}
        for column, name in _SETTINGS.items()
        if not equal_json(then[column], now[column])
    ]
    members = {"schema_changes": changes, "schema_settings": settings}
    return {name: items for name, items in members.items() if items}


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
