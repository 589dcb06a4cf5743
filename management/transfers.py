"""The management API, continued: documents out as a file, and imports that are ended before their end."""

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
from management.views import ManagementView
from web.parameters import Parameters
from web.queries import order, projection


@extend_schema(exclude=True)
class CancelJob(ManagementView):
    def post(self, request: Request) -> Response:
        given = Parameters(request.data)
        job_id = given.text("job_id")
        given.check()
        return Response(render.job(features.jobs.services.cancel(request.user, job_id)), status=202)


@extend_schema(exclude=True)
class Export(ManagementView):
    """Streamed, whatever its length; what is wrong is told before the first byte."""

    def get(self, request: Request) -> StreamingHttpResponse:
        values = request.query_params.dict()
        given = Parameters(values)
        database_id, name = given.text("database_id"), given.text("collection_name")
        filters = given.json("filters", default={})
        if type(filters) is not dict:
            given.add_error("filters", "filters must be a JSON object")
        sort, fields = order(given, values.get("sort", "")), projection(given, values.get("fields", ""))
        wanted = given.text("format", default="json")
        system = given.text("system", default="false")
        if system not in ("true", "false"):
            given.add_error("system", "system must be true or false")
        given.check()
        database = catalog.services.open_database(request.user, database_id, collection=name)
        query = engine.Query(filter=filters, sort=sort, fields=fields)
        format, pieces = features.jobs.services.export(
            database.collection(name), query, format=wanted, system=system == "true"
        )
        disposition = content_disposition_header(True, f"{name}.{format.suffix}")
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        return StreamingHttpResponse(pieces, content_type=format.media, headers=headers)
