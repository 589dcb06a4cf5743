"""The views of exports, and of the cancelling of imports."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.request import Request
from rest_framework.response import Response

import catalog.services
import engine
import features.jobs.services
import features.jobs.tasks
from management import render
from management.declarations import operation
from management.serializers import jobs as shapes
from management.views.base import ManagementView


class CancelJob(ManagementView):
    @operation(
        "cancel_job",
        summary="Cancel Import",
        description="Cancels an import. Its worker deletes the documents that it has inserted; then `state` is "
        "`failed` and `cancelled` is true. 409 for a finished import and for other jobs.",
        body=shapes.CancelJobRequest,
        answers={202: shapes.CancelledResponse},
    )
    def post(self, request: Request, *, job_id: str) -> Response:
        return Response(render.job(features.jobs.services.cancel(self.principal, job_id)), status=202)


class ResumeJob(ManagementView):
    @operation(
        "resume_job",
        summary="Resume Import",
        description="Queues an import again that was cancelled, from its first row or, where it changes documents "
        "by a key, after the rows that it has done. Its file is kept for a day. 409 for other jobs.",
        body=shapes.CancelJobRequest,
        answers={202: shapes.ResumedResponse},
    )
    def post(self, request: Request, *, job_id: str) -> Response:
        return Response(render.job(features.jobs.tasks.resume(self.principal, job_id)), status=202)


class ExportView(ManagementView):
    """A file of documents, streamed whatever its length. Errors are reported before the first byte."""

    @operation(
        "export",
        summary="Export Documents",
        description="The documents of a collection, or those that a query matches, as a file that is streamed, "
        "whatever its length. Without `system` the fields that the service writes itself are left out, so that "
        "`import_data` accepts the file again, as JSON and as NDJSON.",
        query=shapes.ExportQuery,
        answers={
            (200, "application/json"): shapes.EXPORTED,
            (200, "application/x-ndjson"): str,
            (200, "text/csv"): str,
        },
    )
    def get(
        self,
        request: Request,
        *,
        database_id: str,
        collection_name: str,
        filters: dict[str, Any],
        sort: tuple[tuple[str, int], ...],
        fields: dict[str, int],
        format: str,
        system: bool,
    ) -> StreamingHttpResponse:
        database = catalog.services.access.open_database(self.principal, database_id, collection=collection_name)
        query = engine.Query(filter=filters, sort=sort, fields=fields)
        collection = database.collection(collection_name)
        chosen, pieces = features.jobs.services.export(collection, query, format=format, system=system)
        disposition = content_disposition_header(True, f"{collection_name}.{chosen.suffix}")
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        return StreamingHttpResponse(pieces, content_type=chosen.media, headers=headers)
