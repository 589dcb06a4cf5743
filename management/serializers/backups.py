"""Requests and responses of backups of single databases."""

from __future__ import annotations

from typing import Annotated

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from management.serializers.databases import PAGINATION
from management.serializers.fields import Declared, RequestSerializer, Text
from management.serializers.jobs import JOB_ID, STATUS_URL
from management.serializers.responses import ID, example, response
from web.operations.types import Digits, Flag, OptionalPastTime

_BACKUP = {
    "backup_id": JOB_ID,
    "database_id": ID,
    "name": "my_customer_project",
    "collections": ["users"],
    "document_count": 992,
    "size": 61440,
    "created_by": "u1",
    "created_at": "2026-11-30T10:00:00Z",
    "download_url": "http://127.0.0.1:8000/api/backups/download/" + JOB_ID + "?signature=…",
}


class BackupsQuery(RequestSerializer):
    database_id = Text(required=False, help_text="Backups of this database only, which may have been dropped.")
    page = Declared(Annotated[int, Digits()], default=1, help_text="From 1.")
    page_size = Declared(Annotated[int, Digits(1_000)], default=50, help_text="Up to 1,000.")


@example({"database_id": ID})
class TakeBackupRequest(RequestSerializer):
    rejects_unknown = True
    database_id = Text()


@example({"backup_id": JOB_ID})
class BackupRequest(RequestSerializer):
    backup_id = Text(help_text="The id that `POST /api/backups` returned.")


@example({"backup_id": JOB_ID, "name": "before_the_accident"})
class RestoreBackupRequest(BackupRequest):
    rejects_unknown = True
    name = Text(default="", help_text="Of the new database.")
    over = Declared(Flag, default=False, help_text="Restore over the database, instead of a new one.")
    as_of = Declared(OptionalPastTime, default=None, help_text="Restore it as it was at this time.")
    dry_run = Declared(Flag, default=False, help_text="With `as_of`: only say what differs from the backup.")


class BackupLinkQuery(RequestSerializer):
    signature = Text(help_text="Of a `download_url`.")


BackupsResponse = response(
    "BackupsResponse",
    {"success": True, "data": [_BACKUP], "pagination": PAGINATION},
    data=serializers.ListField(child=serializers.DictField()),
)
BackupTakenResponse = response(
    "BackupTakenResponse", {"success": True, "backup_id": JOB_ID, "document_count": 992, "size": 61440}
)
BackupAcceptedResponse = response(
    "BackupAcceptedResponse", {"success": True, "job_id": JOB_ID, "status_url": STATUS_URL, "backup_id": JOB_ID}
)
BackupDeletedResponse = response("BackupDeletedResponse", {"success": True, "backup_id": JOB_ID})
BackupRestoredResponse = response(
    "BackupRestoredResponse",
    {"success": True, "job_id": JOB_ID, "database_id": ID, "document_count": 992},
    database_id=serializers.CharField(required=False),
    document_count=serializers.IntegerField(required=False, min_value=0),
    dry_run=serializers.BooleanField(required=False),
    collections=serializers.DictField(required=False),
    skipped=serializers.ListField(child=serializers.CharField(), required=False),
)
RestoreAcceptedResponse = response(
    "RestoreAcceptedResponse", {"success": True, "job_id": JOB_ID, "status_url": STATUS_URL, "database_id": ID}
)
ARCHIVE = OpenApiResponse(OpenApiTypes.BINARY, "The archive.")
