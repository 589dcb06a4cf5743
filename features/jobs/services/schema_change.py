"""Changes a collection's schema as a job: checks the documents, declares the schema, rewrites the documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import catalog.services
import engine
from accounts.principal import AccountPrincipal
from catalog.services.schema_changes import SchemaPlan
from features.jobs.models import OPEN, Job, Task
from features.jobs.services.leases import Lease, principal_of
from features.jobs.services.submission import record

_DOES_NOT_FIT = "{} documents do not fit the new schema; result.examples lists the first of them."


@dataclass(frozen=True)
class RunningChange:
    """A schema change that has not ended: its operations, and the settings of the collection after it."""

    job_id: str
    operations: Sequence[Mapping[str, Any]]
    after: Mapping[str, Any]


def change_schema(
    principal: AccountPrincipal,
    database_id: str,
    name: str,
    *,
    changes: Mapping[str, Any],
    dry_run: bool,
    declared: Mapping[str, Any] | None = None,
) -> str:
    """Record the job and return its id; with `dry_run` it only checks.

    `declared` are entity types by title, which the job stores when it publishes the schema.
    Raises `Invalid` with every error of `changes`.
    """
    plan = catalog.services.schema_changes.plan_schema(principal, database_id, name, changes=changes)
    database = catalog.services.access.open_database(principal, database_id, collection=name)
    physical = database.collection(name).spec.physical
    members = {"dry_run": dry_run, "published": False, "physical": physical, "entity_types": declared or {}}
    return record(
        principal,
        database,
        task=Task.SCHEMA,
        collection=name,
        plan=plan.as_json() | members,
        size=catalog.services.schema_changes.migration(principal, plan).size,
    )


def schema_change_in_progress(database_id: str, name: str) -> RunningChange | None:
    """Return the latest schema change of a collection that has not ended, or None."""
    jobs = Job.objects.filter(task=Task.SCHEMA, database_id=database_id, collection=name, state__in=OPEN)
    job = jobs.filter(plan__dry_run=False).order_by("-created_at").first()
    return None if job is None else RunningChange(job.pk, job.plan["operations"], job.plan["after"])


def reshape(job: Job, lease: Lease) -> None:
    """Run the change. Raises `Conflict` before anything is changed where documents do not fit the new schema."""
    plan = _plan(job)
    migration = catalog.services.schema_changes.migration(principal_of(job), plan)

    def progress(count: int) -> None:
        lease.save_periodically(position=count, rows=count)

    if not job.plan["published"]:
        report = migration.check(progress)
        lease.save(result=asdict(report), position=0, rows=0)
        if job.plan["dry_run"]:
            return
        if report.unfit:
            raise engine.Conflict(_DOES_NOT_FIT.format(report.unfit))
        # The new indexes are recorded before the first one is changed, so that the job can be resumed.
        _record(job, lease, indexes=job.plan.get("indexes", migration.indexes().as_text()))
        migration.prepare(migration.indexes(job.plan["indexes"]))
        _record(job, lease, published=True)
    if declared := job.plan.get("entity_types"):
        catalog.services.entity_types.declare_types(principal_of(job), job.database_id, declared)
    catalog.services.schema_changes.publish_schema(plan, actor=job.grant["actor"])
    _record(job, lease, declared=True)
    report = migration.run(progress)
    migration.finish(migration.indexes(job.plan.get("indexes", "[]")), report)
    lease.save(result=asdict(report))


def _plan(job: Job) -> SchemaPlan:
    members = (job.plan[name] for name in ("operations", "before", "after"))
    return SchemaPlan(job.database_id, job.collection, *members)


def _record(job: Job, lease: Lease, **members: Any) -> None:
    job.plan = job.plan | members
    lease.save(plan=job.plan)


def leave(job: Job) -> None:
    """Restore the indexes where the new schema was not declared.

    Rewritten documents stay: their versions are in the history, and another change can do the rest.
    """
    if "indexes" in job.plan and not job.plan.get("declared"):
        try:
            migration = catalog.services.schema_changes.migration(principal_of(job), _plan(job))
        except engine.NotFound:
            # The collection was dropped, and its indexes with it.
            return
        migration.undo(migration.indexes(job.plan["indexes"]))
