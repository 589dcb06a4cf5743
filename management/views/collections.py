"""The views of collections: add, list and drop them, read and change their schemas."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

import catalog.services
import features.jobs.services
import features.jobs.tasks
from management import render
from management.views.base import ManagementView, accepted, database_id_of
from web.requests.parameters import Parameters


@extend_schema(exclude=True)
class AddCollection(ManagementView):
    def post(self, request: Request) -> Response:
        created = catalog.services.creation.add_collections(
            request.user,
            database_id_of(request.data),
            collections=request.data.get("collections"),
        )
        return Response({"success": True, "collections": render.created_collections(created)}, status=201)


@extend_schema(exclude=True)
class ListCollections(ManagementView):
    envelope = staticmethod(render.envelope_with_error)

    def get(self, request: Request) -> Response:
        database_id = database_id_of(request.query_params, missing="database_id is a required query parameter.")
        _, counts = catalog.services.queries.count_collections(request.user, database_id)
        return Response({"success": True, "collections": counts})


@extend_schema(exclude=True)
class DropCollections(ManagementView):
    def delete(self, request: Request) -> Response:
        dropped = catalog.services.deletion.drop_collections(
            request.user,
            database_id_of(request.data),
            names=request.data.get("collection_names"),
        )
        return Response({"success": True, "dropped_collections": dropped})


@extend_schema(exclude=True)
class CollectionSchema(ManagementView):
    def get(self, request: Request) -> Response:
        params = Parameters(request.query_params)
        database_id, name = params.text("database_id"), params.text("collection_name")
        params.check()
        collection = catalog.services.retention.describe_collection(request.user, database_id, name)
        return Response({"success": True, "collection": collection})

    def patch(self, request: Request) -> Response:
        params = Parameters(request.data)
        database_id, name = params.text("database_id"), params.text("collection_name")
        dry_run = params.boolean("dry_run", default=False)
        params.check()
        job_id = features.jobs.services.change_schema(
            request.user, database_id, name, changes=request.data, dry_run=dry_run
        )
        status = features.jobs.tasks.start(request.user, job_id)
        if status.state == "failed":
            raise features.jobs.services.error_of(status)
        if status.state != "done":
            return accepted(job_id, "job_status")
        return Response(render.schema_changed(status))
