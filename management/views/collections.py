"""The views of collections: add, list and drop them, read and change their schemas."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

import catalog.services
import features.jobs.services
import features.jobs.tasks
from catalog.services.metadata import schema_history
from management import render
from management.declarations import operation
from management.serializers import collections as shapes
from management.serializers import databases as lists
from management.serializers.jobs import JobAcceptedResponse
from management.views.base import ManagementView, accepted


class AddCollection(ManagementView):
    @operation(
        "add_collection",
        summary="Add Collections",
        description="Creates collections in a database; existing collections stay unchanged.",
        body=lists.AddCollectionRequest,
        answers={201: lists.AddedResponse},
    )
    def post(self, request: Request, *, database_id: str, collections: Any = None) -> Response:
        created = catalog.services.creation.add_collections(self.principal, database_id, collections=collections)
        return Response({"success": True, "collections": render.created_collections(created)}, status=201)


class ListCollections(ManagementView):
    envelope = staticmethod(render.envelope_with_error)

    @operation(
        "list_collections",
        summary="List Collections",
        description="The collections of a database, each with the number of its documents.",
        query=lists.ListCollectionsQuery,
        answers={200: lists.CollectionsResponse},
    )
    def get(self, request: Request, *, database_id: str) -> Response:
        _, counts = catalog.services.queries.count_collections(self.principal, database_id)
        return Response({"success": True, "collections": counts})


class DropCollections(ManagementView):
    @operation(
        "drop_collections",
        summary="Drop Collections",
        description="Deletes collections and all their documents, for good; deletes none of them when one of the "
        "names is unknown. A key needs the permission `own`.",
        body=lists.DropCollectionsRequest,
        answers={200: lists.DroppedCollectionsResponse},
    )
    def delete(self, request: Request, *, database_id: str, collection_names: Any = None) -> Response:
        dropped = catalog.services.deletion.drop_collections(self.principal, database_id, names=collection_names)
        return Response({"success": True, "dropped_collections": dropped})


class CollectionSchema(ManagementView):
    @operation(
        "collection_schema",
        summary="Describe a Collection",
        description="The fields, rules and history settings of a collection, and its size in bytes before "
        "compression.",
        query=shapes.CollectionQuery,
        answers={200: shapes.CollectionResponse},
    )
    def get(self, request: Request, *, database_id: str, collection_name: str) -> Response:
        collection = catalog.services.retention.describe_collection(self.principal, database_id, collection_name)
        return Response({"success": True, "collection": collection})

    @operation(
        "change_collection_schema",
        summary="Change a Schema",
        description="Adds, renames, redeclares and drops fields, in the declaration and in the documents, and "
        "sets `strict`, `json_schema`, `history` and `title_field`. When documents would not fit, nothing changes "
        "and the response is 409 with examples. With `dry_run` the response only reports what would change. A "
        "large collection is changed by a job.",
        body=shapes.ChangeSchemaRequest,
        answers={200: shapes.SchemaChangedResponse, 202: JobAcceptedResponse},
    )
    def patch(
        self, request: Request, *, database_id: str, collection_name: str, dry_run: bool, **_: Any
    ) -> Response:
        job_id = features.jobs.services.change_schema(
            self.principal, database_id, collection_name, changes=dict(request.data), dry_run=dry_run
        )
        status = features.jobs.tasks.start(self.principal, job_id)
        if status.state == "failed":
            raise features.jobs.services.error_of(status)
        if status.state != "done":
            return accepted(job_id, "job_status")
        return Response(render.schema_changed(status))


class SchemaHistory(ManagementView):
    @operation(
        "schema_history",
        summary="List the Schemas of a Collection",
        description="All schemas that a collection has had, the present one first: from when until when, and who "
        "declared them.",
        query=shapes.CollectionQuery,
        answers={200: shapes.SchemaHistoryResponse},
    )
    def get(self, request: Request, *, database_id: str, collection_name: str) -> Response:
        versions = schema_history.list_versions(self.principal, database_id, collection_name)
        return Response({"success": True, "versions": render.schema_versions(versions)})
