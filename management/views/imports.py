"""The views of imports: upload a file, and read the progress of a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header, parse_header_parameters
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

import engine
import features.jobs.services
import features.jobs.services.imports
import features.jobs.tasks
from features.jobs.import_file import FileFormat
from management import render
from management.declarations import operation
from management.serializers import jobs as shapes
from management.views.base import ManagementView, accepted

_MAX_FORM_OVERHEAD = 64 * 1024
# The formats of texts by their media type.
TEXT_FORMATS = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json",
    "application/x-ndjson": "json",
    "text/plain": "json",
}
# The closing boundary has at most 74 bytes. A client may send more data after it, which is ignored.
_TAIL_BYTES = 4 * 1024


def _check_size(size: int) -> None:
    if size > settings.MAX_IMPORT_BYTES:
        raise engine.TooLarge(f"The file is larger than {settings.MAX_IMPORT_BYTES} bytes (MAX_IMPORT_BYTES).")


class _WithTail:
    """A stream that keeps the last bytes that were read."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.tail = b""

    def read(self, size: int) -> bytes:
        content = self._stream.read(size)
        self.tail = (self.tail + content)[-_TAIL_BYTES:]
        return content


class UploadParser(MultiPartParser):
    """A parser of multipart forms that refuses what Django ignores: truncated parts and text that is not UTF-8."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        recorded: Any = _WithTail(stream)
        try:
            form = super().parse(recorded, media_type, parser_context)
        except ParseError as error:
            raise engine.Invalid("The body is not valid multipart/form-data.") from error
        boundary = parse_header_parameters(media_type or "")[1].get("boundary", "")
        if f"--{boundary}--".encode() not in recorded.tail:
            raise engine.Invalid("The body ends too early: its closing boundary is missing.")
        if not form.data and not form.files:
            raise engine.Invalid("The body has no readable part: each line of its headers ends with CRLF.")
        names = [file.name or "" for _, files in form.files.lists() for file in files]
        texts = [text for name, values in form.data.lists() for text in (name, *values)]
        if any("\ufffd" in text for text in (*names, *texts, *form.files)):
            raise engine.Invalid("The names and texts of the form must be UTF-8, without U+FFFD.")
        return form


class ImportData(ManagementView):
    parser_classes: Sequence[type[BaseParser]] = (UploadParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST":
            _check_size(int(request.META.get("CONTENT_LENGTH") or "0") - _MAX_FORM_OVERHEAD)

    @operation(
        "import_data",
        summary="Import Data (File Upload)",
        description="Imports JSON (an array of objects, one object, or one object per line), CSV or TSV, also "
        "compressed by gzip. Without `collection_name` the name of the file is used. A collection that "
        "does not exist is created, and its fields are inferred. A file under 1 MiB is imported in the request; "
        "for a larger one the response is 202 with a job to follow. With `on_error=skip` rows that have errors are "
        "left out; `/api/import_rejects` lists them. With `key` rows find existing documents, and `on_duplicate` "
        "says what becomes of them.",
        body=shapes.ImportRequest,
        answers={
            201: shapes.ImportedResponse,
            200: shapes.NothingImportedResponse,
            202: shapes.ImportAcceptedResponse,
        },
    )
    def post(
        self, request: Request, *, database_id: str, json_file: Any, collection_name: str = "", **options: Any
    ) -> Response:
        return self._import(request, database_id, collection_name or None, json_file, **options)

    def _import(
        self,
        request: Request,
        database_id: str,
        collection: str | None,
        file: Any,
        *,
        format: str,
        columns: dict[str, Any],
        on_error: str,
        dry_run: str,
        key: str,
        on_duplicate: str,
    ) -> Response:
        _check_size(file.size)
        source: dict[str, Any] = {
            "database_id": database_id,
            "collection": collection,
            "file_name": file.name,
            "file": file,
            "format": FileFormat(format) if format else None,
            "columns": columns or None,
        }
        rule: dict[str, Any] = {"key": key, "on_duplicate": on_duplicate}
        if dry_run == "true":
            preview = features.jobs.services.imports.preview_import(self.principal, **source, **rule)
            return Response(render.import_preview(preview))
        inline = features.jobs.services.imports.is_inline(file, size=file.size)
        job_id = features.jobs.services.imports.submit_import(
            self.principal,
            **source,
            size=file.size,
            skip_errors=on_error == "skip",
            **rule,
        )
        if not inline:
            features.jobs.tasks.enqueue(job_id)
            return self._accepted(job_id)
        return self._run_now(request, job_id)

    def _accepted(self, job_id: str) -> Response:
        return accepted(job_id, "import_status")

    def _run_now(self, request: Request, job_id: str) -> Response:
        features.jobs.services.run(job_id)
        status = features.jobs.services.status(self.principal, job_id)
        if status.state == "failed":
            raise features.jobs.services.error_of(status)
        if status.state != "done":  # MongoDB is not available; `resume_jobs` continues when it is
            return self._accepted(job_id)
        return Response(render.imported(status), status=201 if status.inserted_count else 200)


class TextParser(BaseParser):
    """A parser of texts: returns the body as it is, at most MAX_BODY_BYTES."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        raw: bytes = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(raw) > settings.MAX_BODY_BYTES:
            text = f"The text is larger than {settings.MAX_BODY_BYTES} bytes (MAX_BODY_BYTES)."
            raise engine.TooLarge(f"{text} Send it as a file to /api/import_data.")
        return raw


def _parser(media: str) -> type[TextParser]:
    """Return the parser of one media type."""
    return type("TextParser", (TextParser,), {"media_type": media})


class ImportText(ImportData):
    parser_classes = tuple(map(_parser, TEXT_FORMATS))

    @operation(
        "import_text",
        summary="Import Data (Text)",
        description="Imports the body, a text in JSON, NDJSON, CSV or TSV, as `/api/import_data` imports a file. "
        "Its media type tells the format.",
        query=shapes.ImportTextQuery,
        content=dict.fromkeys(TEXT_FORMATS, str),
        answers={
            201: shapes.ImportedResponse,
            200: shapes.NothingImportedResponse,
            202: shapes.ImportAcceptedResponse,
        },
    )
    def post(self, request: Request, *, database_id: str, collection_name: str, **options: Any) -> Response:
        media, _ = parse_header_parameters(request.content_type or "")
        content: Any = request.data or b""
        file = SimpleUploadedFile("text", content, content_type=media)
        chosen = {**options, "format": options["format"] or TEXT_FORMATS[media]}
        return self._import(request, database_id, collection_name, file, **chosen)


class ImportRejects(ManagementView):
    @operation(
        "import_rejects",
        summary="Rejected Rows of an Import",
        description="The rows that an import with `on_error=skip` has left out, one JSON object in each line: the "
        "number of the row from 0, its errors and its document. Deleted after a day.",
        query=shapes.JobQuery,
        answers={(200, "application/x-ndjson"): shapes.REJECTED},
    )
    def get(self, request: Request, *, job_id: str) -> StreamingHttpResponse:
        collection, pieces = features.jobs.services.imports.read_rejects(self.principal, job_id)
        headers = {"Content-Disposition": content_disposition_header(True, f"{collection}-rejected.ndjson")}
        return StreamingHttpResponse(pieces, content_type="application/x-ndjson", headers=headers)


class JobStatus(ManagementView):
    @operation(
        "job_status",
        summary="Job Status",
        description="The progress of a job: an import, a change of a schema, a restore or a clone. Jobs other "
        "than imports count documents in `done` and `total`, and report their outcome in `result`.",
        query=shapes.JobQuery,
        answers={200: shapes.JobStatusResponse},
    )
    def get(self, request: Request, *, job_id: str) -> Response:
        return Response(render.job(features.jobs.services.status(self.principal, job_id)))


class Jobs(ManagementView):
    @operation(
        "jobs",
        summary="List Jobs",
        description="The jobs of the databases that the caller sees, the newest first. `database_id`, `state` and "
        "`task` select some of them.",
        query=shapes.JobsQuery,
        answers={200: shapes.JobsResponse},
    )
    def get(
        self, request: Request, *, page: int, page_size: int, database_id: str = "", state: str = "", task: str = ""
    ) -> Response:
        jobs, total = features.jobs.services.list_jobs(
            self.principal, database_id=database_id, state=state, task=task, page=page, page_size=page_size
        )
        pagination = render.pagination(page=page, page_size=page_size, total=total)
        return Response({"success": True, "data": [*map(render.listed_job, jobs)], "pagination": pagination})


class ImportStatus(ManagementView):
    @operation(
        "import_status",
        summary="Import Status",
        description="The progress of an import, as `/api/job_status` reports it. `state` goes from `queued` over "
        "`running` to `done`, or over `rolling_back` to `failed`, after which nothing of the file is left.",
        query=shapes.JobQuery,
        answers={200: shapes.ImportStatusResponse},
    )
    def get(self, request: Request, *, job_id: str) -> Response:
        return Response(render.job(features.jobs.services.status(self.principal, job_id)))
