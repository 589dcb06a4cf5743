"""Changes of a collection's schema as jobs: checked, declared, then done to the documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import catalog.services
import engine
from accounts.principal import Principal
from catalog.services import SchemaPlan
from transfer.models import Job, Task
from transfer.services.accepting import record
from transfer.services.leases import Lease, principal_of

_DOES_NOT_FIT = "{} documents do not fit the new schema; the first of them are told in result.examples."


def change_schema(
    principal: Principal, database_id: str, name: str, *, wanted: Mapping[str, Any], dry_run: bool
) -> str:
    """Records the job that does it, or only tells what it would do; `Invalid` names every fault of what is
    wanted.
    """
    plan = catalog.services.plan_schema(principal, database_id, name, wanted=wanted)
    database = catalog.services.open_database(principal, database_id, collection=name)
    return record(
        principal,
        database,
        task=Task.SCHEMA,
        collection=name,
        plan=plan.as_json() | {"dry_run": dry_run, "published": False},
        size=catalog.services.migration(principal, plan).size,
    )


def reshape(job: Job, lease: Lease) -> None:
    """What would not fit is found before anything is changed, and is `Conflict` unless only asked for."""
    plan = SchemaPlan(
        job.database_id, job.collection, *(job.plan[name] for name in ("operations", "before", "after"))
    )
    migration = catalog.services.migration(principal_of(job), plan)

    def progress(count: int) -> None:
        lease.save_now_and_then(position=count, rows=count)

    if not job.plan["published"]:
        report = migration.check(progress)
        lease.save(result=asdict(report), position=0, rows=0)
        if job.plan["dry_run"]:
            return
        if report.unfit:
            raise engine.Conflict(_DOES_NOT_FIT.format(report.unfit))
        migration.prepare()
        lease.save(plan=job.plan | {"published": True})
    catalog.services.publish_schema(plan)
    report = migration.run(progress)
    migration.finish()
    lease.save(result=asdict(report))


def leave(job: Job) -> None:
    """What was done stays: it is in the history, and the rest can be done by asking again."""
