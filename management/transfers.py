"""The views of exports, and of the cancelling of imports."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

import catalog.services
import engine
import features.jobs.services
from management import render
from management.views.base import ManagementView
from web.requests.parameters import Parameters
from web.requests.queries import order, projection


@extend_schema(exclude=True)
class CancelJob(ManagementView):
    def post(self, request: Request) -> Response:
        params = Parameters(request.data)
        job_id = params.text("job_id")
        params.check()
        return Response(render.job(features.jobs.services.cancel(request.user, job_id)), status=202)


@extend_schema(exclude=True)
class ExportView(ManagementView):
    """A file of documents, streamed whatever its length. Errors are reported before the first byte."""

    def get(self, request: Request) -> StreamingHttpResponse:
        values = request.query_params.dict()
        params = Parameters(values)
        database_id, name = params.text("database_id"), params.text("collection_name")
        filters = params.json("filters", default={})
        if type(filters) is not dict:
            params.add_error("filters", "filters must be a JSON object")
        sort, fields = order(params, values.get("sort", "")), projection(params, values.get("fields", ""))
        format_name = params.text("format", default="json")
        system = params.text("system", default="false")
        if system not in ("true", "false"):
            params.add_error("system", "system must be true or false")
        params.check()
        database = catalog.services.access.open_database(request.user, database_id, collection=name)
        query = engine.Query(filter=filters, sort=sort, fields=fields)
        format, pieces = features.jobs.services.export(
            database.collection(name), query, format=format_name, system=system == "true"
        )
        disposition = content_disposition_header(True, f"{name}.{format.suffix}")
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        return StreamingHttpResponse(pieces, content_type=format.media, headers=headers)
