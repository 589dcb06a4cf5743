"""Restores backups of single databases, as jobs: beside the others under a new name, or over the database."""

from __future__ import annotations

from pathlib import Path

import engine
from accounts.principal import AccountPrincipal
from catalog import naming
from catalog.locking import check_unlocked
from catalog.models import Database, State
from catalog.services.access import open_database
from catalog.services.creation import check_may_create
from catalog.services.metadata import restoration
from features.backups.models import DatabaseBackup
from features.backups.services.databases.archives import Progress, load_archive, path_of, read_definition
from features.backups.services.databases.definition import check_columns, entry_of
from features.backups.services.databases.taking import visible_backup
from features.jobs.models import Job, Task
from features.jobs.services import TaskHandler
from features.jobs.services.leases import Lease
from features.jobs.services.submission import record, record_new

_NO_FILE = "The file of the backup does not exist any more."
_MAX_PREFIX = 80


def submit_copy(principal: AccountPrincipal, backup_id: str, *, name: object) -> tuple[str, str]:
    """Record the job that restores a backup as a new database of its team; return its id and the database's.

    Needs READ, DESIGN and the right to create databases. Raises `Invalid` and `Conflict` for the name.
    """
    backup = visible_backup(principal, backup_id)
    check_may_create(principal)
    lowered = name.lower() if type(name) is str else name
    if text := naming.name_error(lowered, reserved=naming.RESERVED_DATABASES):
        raise engine.Invalid.of_field("name", text)
    new = _begin(backup, str(lowered))
    job_id = record_new(
        principal,
        database_id=new,
        team=backup.team_id,
        task=Task.RECOVERY,
        plan={"backup": backup.pk, "new": new},
        size=backup.documents,
    )
    return job_id, new


def submit_restore(principal: AccountPrincipal, backup_id: str) -> str:
    """Record the job that restores a backup over its database, and return its id. Needs OWN.

    Raises `NotFound` where the database was dropped: restore it under a name.
    """
    backup = visible_backup(principal, backup_id, engine.Action.OWN)
    database = open_database(principal, backup.database_id)
    check_unlocked(Database.objects.get(public_id=database.id))
    new = _begin(backup, naming.with_suffix(backup.name[:_MAX_PREFIX]))
    plan = {"backup": backup.pk, "new": new, "over": True}
    return record(principal, database, task=Task.RECOVERY, plan=plan, size=backup.documents)


def _begin(backup: DatabaseBackup, name: str) -> str:
    """Create the invisible database that is filled, and return its id."""
    if not path_of(backup.pk).exists():
        raise engine.Conflict(_NO_FILE)
    entry = entry_of(backup.definition, team=backup.team_id, public_id=naming.new_id())
    _, new, _ = restoration.begin(entry, backup.definition["collections"], name=name)
    return new


def restore_file(path: Path, *, team: int, name: str, progress: Progress) -> str:
    """Restore an archive of this installation or of another as a new database of a team, and return its id.

    For operators: what an archive holds is stored as it is. Nobody sees the database before it agrees with the
    archive's hashes. Raises `Invalid` for the name and for a file that is no whole archive, and `Conflict`.
    """
    definition = read_definition(path)
    check_columns(definition)
    name = name or definition["name"]
    if text := naming.name_error(name, reserved=naming.RESERVED_DATABASES):
        raise engine.Invalid.of_field("name", text)
    entry = entry_of(definition, team=team, public_id=naming.new_id())
    _, new, physical = restoration.begin(entry, definition["collections"], name=name.lower())
    try:
        load_archive(path, physical, progress)
        restoration.publish(new)
    except BaseException:
        restoration.abandon(new)
        raise
    return new


def restore(job: Job, lease: Lease) -> None:
    """Fill the new database, then show it or exchange its content with that of the old one."""
    new, is_over = job.plan["new"], job.plan.get("over", False)
    row = Database.objects.filter(public_id=new).first()
    if row is None or (row.state == State.DROPPING and not is_over):
        raise engine.NotFound("The database that the job fills was dropped.")
    if row.state == State.FILLING:

        def progress(documents: int) -> None:
            lease.save_periodically(position=min(documents, job.size), rows=documents)

        load_archive(path_of(job.plan["backup"]), row.physical, progress)
        lease.save()
    if is_over:
        restoration.replace(job.database_id, by=new)
    elif row.state == State.FILLING:
        restoration.publish(new)
    result = {"database_id": job.database_id, "documents": job.size}
    lease.save(rows=job.size, position=job.size, result=result)


def undo(job: Job) -> None:
    """Give up the new database, of which nobody has seen anything."""
    restoration.abandon(job.plan["new"])


HANDLER = TaskHandler(restore, undo)
