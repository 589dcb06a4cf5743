"""Numbers the documents of a collection in a hidden field, as a job."""

from __future__ import annotations

import catalog.services
import engine
from catalog.services.hidden_fields import ROWID, ROWID_FIELD
from engine.jobs import Numbering
from features.jobs.models import OPEN, Job, Task
from features.jobs.services.leases import Lease
from features.jobs.services.submission import record_for_service

_ACTOR = "numbering"


def number_rows(database: engine.Database, name: str) -> str | None:
    """Record a job that gives each document of the collection its rowid, and return its id.

    None where they have one already. Where such a job is open, its id is returned. Raises `NotFound`.
    """
    collection = database.collection(name)
    if ROWID in collection.spec.schema.by_name:
        return None
    current = Job.objects.filter(task=Task.NUMBERING, database_id=database.id, collection=name, state__in=OPEN)
    open_id = current.order_by("created_at").values_list("pk", flat=True).first()
    if open_id is not None:
        return open_id
    size = catalog.services.access.open_for_service(database.id, actor=_ACTOR, collection=name).collection(name)
    return record_for_service(database, task=Task.NUMBERING, collection=name, actor=_ACTOR, size=size.count())


def number(job: Job, lease: Lease) -> None:
    """Number what is there, declare the field, then number what was inserted until every process knew of it."""

    def progress(count: int) -> None:
        lease.save_periodically(position=min(count, job.size), rows=count)

    collection = catalog.services.hidden_fields.open_with_field(
        job.database_id, job.collection, field=ROWID_FIELD, actor=_ACTOR
    )
    collection.indexes.make_unique(ROWID)
    count = Numbering(collection, ROWID).run(progress)
    catalog.services.hidden_fields.declare_field(job.database_id, job.collection, field=ROWID_FIELD)
    count += Numbering(collection, ROWID).run(lambda _: None)
    lease.save(result={"numbered": count})


def leave(job: Job) -> None:
    """Keep the numbers: another job numbers the rest."""
