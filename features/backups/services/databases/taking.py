"""Takes backups of single databases, as jobs, and lists and deletes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import engine
from accounts.principal import AccountPrincipal, ScopedPrincipal, check_unlimited
from audit import services as audit
from catalog.services.access import open_database, team_of
from catalog.services.metadata.restoration import cluster_of
from features.backups.models import DatabaseBackup
from features.backups.services.databases.archives import path_of, write_archive
from features.jobs.models import OPEN, Job, Task
from features.jobs.services import TaskHandler
from features.jobs.services.leases import Lease, principal_of
from features.jobs.services.submission import record

NOT_FOUND = "Not found or access denied"
_FULL = "A team has at most {} backups (MAX_BACKUPS); delete one first."
_ORPHAN_AGE = timedelta(days=1)


@dataclass(frozen=True)
class Backup:
    """A backup as its team sees it; `size` is in bytes."""

    id: str
    database_id: str
    name: str
    collections: list[str]
    documents: int
    size: int
    created_by: str
    created_at: datetime


def submit_backup(principal: AccountPrincipal, database_id: str) -> str:
    """Record the job that takes a backup, and return its id, which is that of the backup. Needs READ and DESIGN.

    Raises `TooLarge` where the team has MAX_BACKUPS.
    """
    database = open_database(principal, database_id)
    for action in (engine.Action.READ, engine.Action.DESIGN):
        database.require(action)
    team = team_of(principal, database.id)
    with transaction.atomic():
        open_jobs = Job.objects.filter(task=Task.BACKUP, state__in=OPEN, plan__team=team).count()
        if DatabaseBackup.objects.filter(team=team).count() + open_jobs >= settings.MAX_BACKUPS:
            raise engine.TooLarge(_FULL.format(settings.MAX_BACKUPS))
        size = sum(database.collection(name).size()["documents"] for name in database.specs)
        return record(principal, database, task=Task.BACKUP, plan={"team": team}, size=size)


def take(job: Job, lease: Lease) -> None:
    """Write the archive, and list it when it is complete."""
    database = open_database(principal_of(job), job.database_id)

    def progress(documents: int) -> None:
        lease.save_periodically(position=min(documents, job.size), rows=documents)

    cluster = cluster_of(database.id)
    manifest = write_archive(path_of(job.pk), database.id, database.physical, progress, cluster=cluster)
    if cluster_of(database.id) != cluster:
        raise engine.Unavailable("The database moved to another cluster during the backup.", retry_after=1)
    documents = sum(item["documents"] for item in manifest["collections"])
    size = path_of(job.pk).stat().st_size
    lease.save(
        rows=documents, position=job.size, result={"backup_id": job.pk, "documents": documents, "bytes": size}
    )
    DatabaseBackup.objects.update_or_create(
        id=job.pk,
        defaults={
            "team_id": job.plan["team"],
            "database_id": job.database_id,
            "name": manifest["definition"]["name"],
            "definition": manifest["definition"],
            "documents": documents,
            "size": size,
            "created_by": job.grant["actor"],
        },
    )


def undo(job: Job) -> None:
    """Delete what a job has written that failed."""
    DatabaseBackup.objects.filter(pk=job.pk).delete()
    path_of(job.pk).unlink(missing_ok=True)


def list_backups(
    principal: AccountPrincipal, *, database_id: str, page: int, page_size: int
) -> tuple[list[Backup], int]:
    """Return one page of the backups that the principal may read, the newest first, and their number.

    Raises `NotFound` for a database that the principal does not see and that has none of these backups, and
    `Forbidden` for a key that is limited to collections.
    """
    check_unlimited(principal)
    rows = DatabaseBackup.objects.filter(team__in=_teams(principal))
    if isinstance(principal, ScopedPrincipal) and principal.scope.databases is not None:
        scope = principal.scope
        names = [name for name in principal.scope.databases if engine.Action.DESIGN in scope.actions_in(name)]
        rows = rows.filter(database_id__in=names)
    if database_id:
        rows = rows.filter(database_id=database_id)
        if not rows.exists():
            open_database(principal, database_id)
    start = (page - 1) * page_size
    chosen = rows.order_by("-created_at", "pk")[start : start + page_size]
    return [backup_of(row) for row in chosen], rows.count()


def _teams(principal: AccountPrincipal) -> list[int]:
    return [team for team in principal.teams if engine.Action.DESIGN in principal.team_actions(team)]


def backup_of(row: DatabaseBackup) -> Backup:
    return Backup(
        id=row.pk,
        database_id=row.database_id,
        name=row.name,
        collections=[item["name"] for item in row.definition["collections"]],
        documents=row.documents,
        size=row.size,
        created_by=row.created_by,
        created_at=row.created_at,
    )


def visible_backup(principal: AccountPrincipal, backup_id: str, *actions: engine.Action) -> DatabaseBackup:
    """Return the row of a backup. Raises `NotFound` for one of another team, `Forbidden` without the actions."""
    row = DatabaseBackup.objects.filter(pk=backup_id).first()
    allowed = principal.actions(team_id=row.team_id, database_id=row.database_id) if row else frozenset()
    if row is None or not allowed:
        raise engine.NotFound(NOT_FOUND)
    for action in (engine.Action.READ, engine.Action.DESIGN, *actions):
        if action not in allowed:
            raise engine.Forbidden(f"This needs the permission {action.value!r}.")
    return row


def download(backup_id: str, *, actor: str) -> BinaryIO:
    """Open the archive of a backup for a download, which is recorded. Raises `NotFound`."""
    row = DatabaseBackup.objects.filter(pk=backup_id).first()
    if row is None:
        raise engine.NotFound(NOT_FOUND)
    try:
        file = path_of(backup_id).open("rb")
    except FileNotFoundError as error:
        raise engine.NotFound(NOT_FOUND) from error
    audit.record("backup.download", actor=actor, team=row.team_id, target=row.name, database=row.database_id)
    return file


def delete_backup(principal: AccountPrincipal, backup_id: str) -> None:
    """Delete a backup for good. Needs OWN of its database."""
    row = visible_backup(principal, backup_id, engine.Action.OWN)
    with transaction.atomic():
        audit.record(
            "backup.delete", actor=principal.actor, team=row.team_id, target=row.name, database=row.database_id
        )
        row.delete()
    path_of(backup_id).unlink(missing_ok=True)


def remove_orphans() -> None:
    """Delete archives without a row, such as those of deleted teams, a day after they were written."""
    oldest = (timezone.now() - _ORPHAN_AGE).timestamp()
    for path in path_of("").parent.glob("*.tar"):
        if path.stat().st_mtime < oldest and not DatabaseBackup.objects.filter(pk=path.stem).exists():
            path.unlink(missing_ok=True)


HANDLER = TaskHandler(take, undo)
