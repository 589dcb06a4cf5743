"""The views of backups of single databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import FileResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

import engine
import features.jobs.services
import features.jobs.tasks
from features.backups.services import databases
from management import render
from management.declarations import operation
from management.serializers import backups as shapes
from management.views.base import ManagementView, accepted

_SALT = "datacube.backups"
_LINK_SECONDS = 60 * 60
_NOT_SIGNED = "The link is not valid, or older than an hour."
_NEEDS_TIME = "A dry run needs as_of, and neither name nor over: it says what differs from the backup."
_ONE_OF_BOTH = "Send either the name of a new database, or over: true."


def _listed(backup: databases.Backup, actor: str) -> dict[str, Any]:
    signature = signing.dumps([backup.id, actor], salt=_SALT)
    return {
        "backup_id": backup.id,
        "database_id": backup.database_id,
        "name": backup.name,
        "collections": backup.collections,
        "document_count": backup.documents,
        "size": backup.size,
        "created_by": backup.created_by,
        "created_at": backup.created_at,
        "download_url": f"{settings.BASE_URL}/api/backups/download/{backup.id}?signature={signature}",
    }


class Backups(ManagementView):
    @operation(
        "list_backups",
        summary="List Backups",
        description="The backups of databases that the caller may read and design, the newest first. A "
        "`download_url` is valid for an hour, without credentials.",
        query=shapes.BackupsQuery,
        answers={200: shapes.BackupsResponse},
    )
    def get(self, request: Request, *, page: int, page_size: int, database_id: str = "") -> Response:
        backups, total = databases.list_backups(
            self.principal, database_id=database_id, page=page, page_size=page_size
        )
        pagination = render.pagination(page=page, page_size=page_size, total=total)
        listed = [_listed(backup, self.principal.actor) for backup in backups]
        return Response({"success": True, "data": listed, "pagination": pagination})

    @operation(
        "take_backup",
        summary="Back Up Database",
        description="Writes the documents, schema, indexes, history and files of a database, as of one time, into "
        "an archive. A large database is a job, whose id is that of the backup.",
        body=shapes.TakeBackupRequest,
        answers={201: shapes.BackupTakenResponse, 202: shapes.BackupAcceptedResponse},
    )
    def post(self, request: Request, *, database_id: str) -> Response:
        job_id = databases.submit_backup(self.principal, database_id)
        status = features.jobs.tasks.start(self.principal, job_id)
        if status.state == "failed":
            raise features.jobs.services.error_of(status)
        if status.state != "done":
            return accepted(job_id, "job_status", backup_id=job_id)
        counts = {"document_count": status.result["documents"], "size": status.result["bytes"]}
        return Response({"success": True, "backup_id": job_id, **counts}, status=201)

    @operation(
        "delete_backup",
        summary="Delete Backup",
        description="Deletes a backup for good. A key needs the permission `own`.",
        body=shapes.BackupRequest,
        answers={200: shapes.BackupDeletedResponse},
    )
    def delete(self, request: Request, *, backup_id: str) -> Response:
        databases.delete_backup(self.principal, backup_id)
        return Response({"success": True, "backup_id": backup_id})


class RestoreBackup(ManagementView):
    @operation(
        "restore_backup",
        summary="Restore Backup",
        description="Restores a backup as a new database (`name`), or over the database that it is of (`over`), "
        "which needs the permission `own`. With `as_of` it is as it was at that time, with its schemas; "
        "`dry_run` then only says what differs from the backup. Nothing is visible before all of it is stored and "
        "checked.",
        body=shapes.RestoreBackupRequest,
        answers={200: shapes.BackupRestoredResponse, 202: shapes.RestoreAcceptedResponse},
    )
    def post(
        self, request: Request, *, backup_id: str, name: str, over: bool, as_of: datetime | None, dry_run: bool
    ) -> Response:
        job_id = self._submitted(backup_id, name=name, over=over, at=as_of, dry_run=dry_run)
        status = features.jobs.tasks.start(self.principal, job_id)
        if status.state == "failed":
            raise features.jobs.services.error_of(status)
        if status.state != "done":
            return accepted(job_id, "job_status", database_id=status.database_id)
        result = status.result
        counts = {"database_id": result["database_id"], "document_count": result["documents"]}
        rewound = {} if as_of is None else render.rewound(status)
        return Response({"success": True, "job_id": job_id, **({} if dry_run else counts), **rewound})

    def _submitted(self, backup_id: str, *, name: str, over: bool, at: datetime | None, dry_run: bool) -> str:
        """Record the job and return its id."""
        if dry_run:
            if at is None or name or over:
                raise engine.Invalid.of_field("dry_run", _NEEDS_TIME)
            return databases.submit_preview(self.principal, backup_id, at=at)
        if bool(name) == over:
            raise engine.Invalid.of_field("name", _ONE_OF_BOTH)
        if over:
            return databases.submit_restore(self.principal, backup_id, at=at)
        return databases.submit_copy(self.principal, backup_id, name=name, at=at)[0]


class DownloadBackup(ManagementView):
    """An archive by its signed link, without credentials."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @operation(
        "download_backup",
        summary="Download Backup",
        description="The archive of a backup by its `download_url`.",
        query=shapes.BackupLinkQuery,
        answers={(200, "application/x-tar"): shapes.ARCHIVE},
    )
    def get(self, request: Request, *, backup_id: str, signature: str) -> FileResponse:
        try:
            signed, actor = signing.loads(signature, salt=_SALT, max_age=_LINK_SECONDS)
            if signed != backup_id:
                raise signing.BadSignature
            file = databases.download(signed, actor=actor)
        except (signing.BadSignature, ValueError, engine.NotFound) as error:
            raise engine.NotFound(_NOT_SIGNED) from error
        headers = {"Cache-Control": "no-store"}
        return FileResponse(file, as_attachment=True, filename=f"{backup_id}.tar", headers=headers)
