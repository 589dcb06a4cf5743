"""Restores backups of single databases, as jobs: beside the others under a new name, or over the database.

With a time they are then taken back to it; `submit_preview` only says what that changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import engine
from accounts.principal import AccountPrincipal
from catalog import naming
from catalog.locking import check_unlocked
from catalog.models import Database, State
from catalog.services.access import open_database
from catalog.services.creation import check_may_create
from catalog.services.metadata import restoration
from features.backups.models import DatabaseBackup
from features.backups.services.databases.archives import Progress, load_archive, path_of, read_definition, taken_at
from features.backups.services.databases.definition import check_columns, entry_of
from features.backups.services.databases.rewinding import check_reach, rewind
from features.backups.services.databases.taking import visible_backup
from features.jobs.models import Job, Task
from features.jobs.services import TaskHandler
from features.jobs.services.leases import Lease
from features.jobs.services.submission import record, record_new

_NO_FILE = "The file of the backup does not exist any more."
_MAX_PREFIX = 80
# The actor of the versions that a restore to a time adds.
_OPERATOR = "operator"


def submit_copy(
    principal: AccountPrincipal, backup_id: str, *, name: object, at: datetime | None = None
) -> tuple[str, str]:
    """Record the job that restores a backup as a new database of its team; return its id and the database's.

    With `at` (naive UTC) the database is as it was then. Needs READ, DESIGN and the right to create databases.
    Raises `Invalid` and `Conflict` for the name, `Invalid` for a time that the backup does not reach.
    """
    backup = visible_backup(principal, backup_id)
    check_may_create(principal)
    lowered = name.lower() if type(name) is str else name
    if text := naming.name_error(lowered, reserved=naming.RESERVED_DATABASES):
        raise engine.Invalid.of_field("name", text)
    new = _begin(backup, str(lowered), at)
    return _record(principal, backup, {"backup": backup.pk, "new": new, **_moment(at)}), new


def submit_preview(principal: AccountPrincipal, backup_id: str, *, at: datetime) -> str:
    """Record the job that says what a restore to a time changes in a backup, and return its id.

    It fills a database that nobody sees and gives it up again, and needs what `submit_copy` needs.
    """
    backup = visible_backup(principal, backup_id)
    check_may_create(principal)
    new = _begin(backup, naming.with_suffix(backup.name[:_MAX_PREFIX]), at)
    return _record(principal, backup, {"backup": backup.pk, "new": new, "dry_run": True, **_moment(at)})


def _record(principal: AccountPrincipal, backup: DatabaseBackup, plan: dict[str, Any]) -> str:
    return record_new(
        principal,
        database_id=plan["new"],
        team=backup.team_id,
        task=Task.RECOVERY,
        plan=plan,
        size=backup.documents,
    )


def _moment(at: datetime | None) -> dict[str, str]:
    return {} if at is None else {"moment": at.isoformat()}


def submit_restore(principal: AccountPrincipal, backup_id: str, *, at: datetime | None = None) -> str:
    """Record the job that restores a backup over its database, and return its id. Needs OWN.

    With `at` (naive UTC) the database is as it was then.

    Raises `NotFound` where the database was dropped: restore it under a name.
    """
    backup = visible_backup(principal, backup_id, engine.Action.OWN)
    database = open_database(principal, backup.database_id)
    check_unlocked(Database.objects.get(public_id=database.id))
    new = _begin(backup, naming.with_suffix(backup.name[:_MAX_PREFIX]), at)
    plan = {"backup": backup.pk, "new": new, "over": True, **_moment(at)}
    return record(principal, database, task=Task.RECOVERY, plan=plan, size=backup.documents)


def _begin(backup: DatabaseBackup, name: str, at: datetime | None) -> str:
    """Create the invisible database that is filled, and return its id."""
    path = path_of(backup.pk)
    if not path.exists():
        raise engine.Conflict(_NO_FILE)
    if at is not None:
        check_reach(backup.definition["collections"], at, taken_at=taken_at(path))
    entry = entry_of(backup.definition, team=backup.team_id, public_id=naming.new_id())
    _, new, _ = restoration.begin(entry, backup.definition["collections"], name=name)
    return new


def restore_file(
    path: Path, *, team: int, name: str, at: datetime | None = None, dry_run: bool = False, progress: Progress
) -> tuple[str, dict[str, Any]]:
    """Restore an archive of this installation or of another as a new database of a team.

    Returns its id, and with `at` (naive UTC) what `rewind` returns. With `dry_run` the database is given up again.
    For operators: what an archive holds is stored as it is. Nobody sees the database before it agrees with the
    archive's hashes. Raises `Invalid` for the name, the time and a file that is no whole archive, and `Conflict`.
    """
    definition = read_definition(path)
    check_columns(definition)
    name = name or definition["name"]
    if text := naming.name_error(name, reserved=naming.RESERVED_DATABASES):
        raise engine.Invalid.of_field("name", text)
    collections: list[dict[str, Any]] = definition["collections"]
    if at is not None:
        check_reach(collections, at, taken_at=taken_at(path))
    entry = entry_of(definition, team=team, public_id=naming.new_id())
    _, new, physical = restoration.begin(entry, collections, name=name.lower())
    result: dict[str, Any] = {}
    try:
        load_archive(path, physical, progress, cluster=restoration.cluster_of(new))
        if at is not None:
            result = rewind(new, collections, at, actor=_OPERATOR, dry_run=dry_run, progress=progress)
        if not dry_run:
            restoration.publish(new)
    except BaseException:
        restoration.abandon(new)
        raise
    if dry_run:
        restoration.abandon(new)
    return new, result


def restore(job: Job, lease: Lease) -> None:
    """Fill the new database, then show it, exchange its content with that of the old one, or give it up."""
    new, is_over, is_preview = (job.plan["new"], *(job.plan.get(name, False) for name in ("over", "dry_run")))
    row = Database.objects.filter(public_id=new).first()
    if row is None or (row.state == State.DROPPING and not is_over):
        raise engine.NotFound("The database that the job fills was dropped.")
    if row.state == State.FILLING:
        _fill(job, lease, row)
    if is_over:
        restoration.replace(job.database_id, by=new)
    elif not is_preview and row.state == State.FILLING:
        restoration.publish(new)
    result = {"database_id": job.database_id, "documents": job.size}
    lease.save(rows=job.size, position=job.size, result=job.result | result)
    if is_preview:
        restoration.abandon(new)


def _fill(job: Job, lease: Lease, row: Database) -> None:
    """Store what the archive holds, and take it back to the time of the job if it has one."""

    def progress(documents: int) -> None:
        lease.save_periodically(position=min(documents, job.size), rows=documents)

    path = path_of(job.plan["backup"])
    load_archive(path, row.physical, progress, cluster=row.cluster)
    if "moment" in job.plan:
        collections: list[Mapping[str, Any]] = read_definition(path)["collections"]
        at, actor = datetime.fromisoformat(job.plan["moment"]), job.grant["actor"]
        is_preview = job.plan.get("dry_run", False)
        named = {"actor": actor, "dry_run": is_preview, "progress": progress}
        job.result = rewind(row.public_id, collections, at, **named)
    lease.save(result=job.result)


def undo(job: Job) -> None:
    """Give up the new database, of which nobody has seen anything."""
    restoration.abandon(job.plan["new"])


HANDLER = TaskHandler(restore, undo)
