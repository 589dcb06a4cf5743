"""Requests and responses of imports, exports, clones and other jobs."""

from __future__ import annotations

from typing import Annotated, Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from management.serializers.collections import CollectionQuery
from management.serializers.fields import (
    Choice,
    Declared,
    Passed,
    RequestSerializer,
    Text,
    UploadField,
    with_members,
)
from management.serializers.responses import ID, example, response
from web.operations.types import Digits, OptionalPastTime, QueryObject, QueryProjection, QuerySort

JOB_ID = "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"
STATUS_URL = f"http://127.0.0.1:8000/api/job_status?job_id={JOB_ID}"
CLONE = {"id": "7b1fd0a2c3e4f5a6b7c8d9e0", "name": "staging"}
_TASKS = ("import", "schema", "restore", "clone", "numbering", "contents", "download", "backup", "recovery")
_STATES = ("queued", "running", "rolling_back", "done", "failed")
_RUNNING = {
    "success": True,
    "job_id": JOB_ID,
    "task": "import",
    "state": "running",
    "collection": "events",
    "inserted_count": 120000,
    "rejected_count": 0,
    "percent": 60.0,
    "rows_read": 120000,
    "rate": 41379.3,
    "seconds_left": 2,
    "bytes_read": 5918335,
    "bytes_total": 9863892,
    "message": "",
    "errors": [],
    "created_at": "2026-11-20T10:00:00Z",
    "finished_at": None,
}


_OUTCOMES = ("rejected_count", "updated_count", "unchanged_count", "skipped_count")


def _counts() -> dict[str, Any]:
    """Return the members that say what became of the rows of an import."""
    return {name: serializers.IntegerField(min_value=0, required=False) for name in _OUTCOMES}


class ImportMembers(RequestSerializer):
    """How the rows of an import are read, and what becomes of them."""

    format = Choice(
        one_of=("json", "csv", "tsv"),
        default="",
        help_text="By default the name of the file tells it, or the media type of a text.",
    )
    columns = Declared(
        QueryObject,
        absent="",
        required=False,
        help_text="Of a table, by the name of the column: the name of its field, `{name, type}`, or null to leave "
        "it out.",
    )
    on_error = Choice(
        one_of=("stop", "skip"), default="stop", help_text="`skip` leaves rows with errors out and lists them."
    )
    key = Text(default="", help_text="The field by which rows find existing documents, or `_id`.")
    on_duplicate = Text(
        one_of=("insert", "skip", "upsert", "replace"),
        default="",
        help_text="What becomes of a row whose key exists: an error (`insert`, the default), nothing, its fields "
        "are merged, or it replaces the document.",
    )
    dry_run = Choice(one_of=("true", "false"), default="false", help_text="Read the beginning and store nothing.")


@example({"database_id": ID, "collection_name": "events", "json_file": "@events.json"}, media="multipart/form-data")
class ImportRequest(ImportMembers):
    database_id = Text()
    json_file = UploadField()
    collection_name = Passed(serializers.CharField(), required=False)


class ImportTextQuery(ImportMembers):
    database_id = Text()
    collection_name = Text()


class JobQuery(RequestSerializer):
    job_id = Text(help_text="The id that the request which started the job returned.")


class JobsQuery(RequestSerializer):
    database_id = Text(required=False, help_text="Jobs of this database only.")
    state = Text(one_of=_STATES, required=False, help_text="Jobs in this state only.")
    task = Text(one_of=_TASKS, required=False, help_text="Jobs of this kind only.")
    page = Declared(Annotated[int, Digits()], default=1, help_text="From 1.")
    page_size = Declared(Annotated[int, Digits(1_000)], default=50, help_text="Up to 1,000.")


@example({"job_id": JOB_ID})
class CancelJobRequest(JobQuery):
    pass


@with_members(
    fields=Declared(
        QueryProjection, absent="", required=False, help_text="`name,email` or `-notes`, or a JSON object."
    )
)
class ExportQuery(CollectionQuery):
    filters = Declared(
        QueryObject, absent="", required=False, help_text="A filter as JSON; without it, all documents."
    )
    sort = Declared(
        QuerySort, absent="", required=False, help_text="`name,-released`, or a JSON object; by `_id` without."
    )
    format = Text(
        one_of=("json", "ndjson", "csv", "extended", "canonical"), default="json", help_text="Of the file."
    )
    system = Text(one_of=("true", "false"), default="false", help_text="With `_id` and `_sys`.")

    def validate_system(self, value: str) -> bool:
        if value not in ("true", "false"):
            raise serializers.ValidationError("system must be true or false")
        return value == "true"


EXPORTED = OpenApiResponse(
    list[dict[str, Any]],
    "Success",
    examples=[OpenApiExample("Example", value=[{"email": "ada@example.com"}, {"email": "bob@example.com"}])],
)


@example({"database_id": ID, "name": "staging"})
class CloneRequest(RequestSerializer):
    rejects_unknown = True
    database_id = Text()
    name = Text()
    as_of = Declared(OptionalPastTime, required=False)


def _status(name: str, value: dict[str, Any]) -> Any:
    """Return the response with the status of any job; its last members depend on the job's task."""
    counts = ("rows_read", "inserted_count", *_OUTCOMES, "bytes_read", "bytes_total", "done", "total")
    return response(
        name,
        value,
        task=serializers.ChoiceField(_TASKS),
        state=serializers.ChoiceField(_STATES),
        success=serializers.BooleanField(),
        finished_at=serializers.DateTimeField(allow_null=True),
        rate=serializers.FloatField(allow_null=True),
        seconds_left=serializers.IntegerField(allow_null=True),
        **{count: serializers.IntegerField(min_value=0, required=False) for count in counts},
        dry_run=serializers.BooleanField(required=False),
        result=serializers.DictField(required=False),
        cancelled=serializers.BooleanField(required=False),
        rollback=serializers.DictField(required=False),
    )


ImportStatusResponse = _status("ImportStatusResponse", _RUNNING)
ResumedResponse = _status("ResumedResponse", {**_RUNNING, "state": "queued", "percent": 0.0})
CancelledResponse = _status("CancelledResponse", {**_RUNNING, "cancelled": True})
JobStatusResponse = _status(
    "JobStatusResponse",
    {
        "success": True,
        "job_id": JOB_ID,
        "task": "restore",
        "state": "done",
        "collection": "users",
        "percent": 100.0,
        "rate": 6250.0,
        "seconds_left": None,
        "done": 25000,
        "total": 25000,
        "dry_run": False,
        "result": {"collections": {"users": {"changed": 12, "deleted": 3, "restored": 1}}, "skipped": []},
        "message": "",
        "errors": [],
        "created_at": "2026-11-20T10:00:00Z",
        "finished_at": "2026-11-20T10:00:04Z",
    },
)
JobsResponse = response(
    "JobsResponse",
    {
        "success": True,
        "data": [{"database_id": ID, **{name: value for name, value in _RUNNING.items() if name != "success"}}],
        "pagination": {"page": 1, "page_size": 50, "total_items": 1, "total_pages": 1},
    },
    data=serializers.ListField(child=serializers.DictField()),
)
ImportedResponse = response(
    "ImportedResponse",
    {"success": True, "collection": "events", "inserted_count": 5210},
    **_counts(),
    rejects_url=serializers.CharField(required=False),
)
_REJECT = '{"row":7,"errors":[{"field":"year","message":"Must be a number."}],"document":{"year":"x"}}\n'
REJECTED = OpenApiResponse(str, "Success", examples=[OpenApiExample("Example", value=_REJECT)])
NothingImportedResponse = response(
    "NothingImportedResponse",
    {"success": True, "message": "No documents to import."},
    message=serializers.CharField(required=False),
    collection=serializers.CharField(required=False),
    inserted_count=serializers.IntegerField(min_value=0, required=False),
    **_counts(),
    rejects_url=serializers.CharField(required=False),
    dry_run=serializers.BooleanField(required=False),
    creates_collection=serializers.BooleanField(required=False),
    format=serializers.ChoiceField(["json", "csv", "tsv"], required=False),
    fields=serializers.ListField(child=serializers.DictField(), required=False),
    checked_count=serializers.IntegerField(min_value=0, required=False),
    errors=serializers.ListField(child=serializers.DictField(), required=False),
    documents=serializers.ListField(child=serializers.DictField(), required=False),
)
JobAcceptedResponse = response("JobAcceptedResponse", {"success": True, "job_id": JOB_ID, "status_url": STATUS_URL})
ImportAcceptedResponse = response(
    "ImportAcceptedResponse",
    {"success": True, "job_id": JOB_ID, "status_url": STATUS_URL.replace("job_status", "import_status")},
)
ClonedResponse = response(
    "ClonedResponse",
    {"success": True, "job_id": JOB_ID, "database": CLONE, "copied_count": 992, "files_count": 3},
)
CloneAcceptedResponse = response(
    "CloneAcceptedResponse", {"success": True, "job_id": JOB_ID, "status_url": STATUS_URL, "database": CLONE}
)
