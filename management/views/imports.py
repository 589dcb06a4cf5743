"""The views of imports: upload a file, and read the progress of a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.http import parse_header_parameters
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

import engine
import features.jobs.services
import features.jobs.tasks
from management import render
from management.views.base import ManagementView, accepted
from web.requests.parameters import Parameters

_MAX_FORM_OVERHEAD = 64 * 1024
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
        recorded = _WithTail(stream)
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


@dataclass(frozen=True)
class ImportForm:
    """The parts of an import's form."""

    database_id: str
    collection: str | None
    file: Any


@extend_schema(exclude=True)
class ImportData(ManagementView):
    parser_classes = (UploadParser,)

    def post(self, request: Request) -> Response:
        upload = self._upload(request)
        job_id = features.jobs.services.submit_import(
            request.user,
            database_id=upload.database_id,
            collection=upload.collection,
            file_name=upload.file.name,
            file=upload.file,
            size=upload.file.size,
        )
        if upload.file.size >= settings.INLINE_IMPORT_BYTES:
            features.jobs.tasks.enqueue(job_id)
            return self._accepted(job_id)
        return self._run_now(request, job_id)

    def _upload(self, request: Request) -> ImportForm:
        _check_size(int(request.META.get("CONTENT_LENGTH") or "0") - _MAX_FORM_OVERHEAD)
        params = Parameters(request.data)
        database_id = params.text("database_id")
        file = request.FILES.get("json_file")
        if file is None:
            params.add_error("json_file", "json_file is required")
        elif len(request.FILES.getlist("json_file")) > 1:
            params.add_error("json_file", "Send one file at a time.")
        params.check()
        _check_size(file.size)
        return ImportForm(database_id, request.data.get("collection_name") or None, file)

    def _accepted(self, job_id: str) -> Response:
        return accepted(job_id, "import_status")

    def _run_now(self, request: Request, job_id: str) -> Response:
        features.jobs.services.run(job_id)
        status = features.jobs.services.status(request.user, job_id)
        if status.state == "failed":
            raise features.jobs.services.error_of(status)
        if status.state != "done":  # MongoDB is not available; `resume_jobs` continues when it is
            return self._accepted(job_id)
        return Response(render.imported(status), status=201 if status.inserted_count else 200)


@extend_schema(exclude=True)
class JobStatus(ManagementView):
    """The progress of any job; imports also have a route of their own."""

    def get(self, request: Request) -> Response:
        params = Parameters(request.query_params)
        job_id = params.text("job_id")
        params.check()
        return Response(render.job(features.jobs.services.status(request.user, job_id)))
