"""The views of databases: create, list, describe, drop and clone them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

import accounts.services
import catalog.services
import features.jobs.services
import features.jobs.tasks
from accounts.render import managed_key
from accounts.services.managing import ready_keys
from management import render
from management.declarations import operation
from management.serializers import databases as shapes
from management.serializers import jobs
from management.serializers.fields import DatabaseQuery
from management.serializers.stats import CoreError
from management.views.base import ManagementView, accepted

_TEAM_ID = re.compile(r"[0-9]{1,18}", re.ASCII)


class CreateDatabase(ManagementView):
    @operation(
        "create_database",
        summary="Create Database",
        description="Creates a database with its first collections and their fields. Names hold letters, digits, "
        "`_` and `-`. The database's name is stored in lower case and is unique among your databases. With `keys` "
        "the response has two keys for the database, `full` and `read_only`; nothing else shows them.",
        body=shapes.CreateDatabaseRequest,
        answers={201: shapes.NewDatabaseResponse},
    )
    def post(self, request: Request, *, db_name: Any = None, collections: Any = None, keys: bool) -> Response:
        if keys:
            ready_keys.check_may_create(self.principal)
        database, created = catalog.services.creation.create_database(
            self.principal, name=db_name, collections=collections
        )
        content: dict[str, Any] = {
            "success": True,
            "database": {"id": database.id, "name": database.name},
            "collections": render.created_collections(created),
        }
        if keys:
            new_keys = ready_keys.create(self.principal, database.id, name=database.name)
            content["keys"] = {name: {"key": key.text, **managed_key(key)} for name, key in new_keys.items()}
        return Response(content, status=201)


class ListDatabases(ManagementView):
    envelope = staticmethod(render.envelope_with_error)

    @operation(
        "list_databases",
        summary="List Databases",
        description="One page of the databases that you may see, by name.",
        query=shapes.ListDatabasesQuery,
        answers={200: shapes.DatabasesResponse},
    )
    def get(self, request: Request, *, page: int, page_size: int, search: str) -> Response:
        size = min(page_size, settings.MAX_PAGE_SIZE)
        databases, total = catalog.services.queries.list_databases(
            self.principal, page=page, page_size=size, search=search
        )
        pagination = render.pagination(page=page, page_size=size, total=total)
        return Response({"success": True, "data": databases, "pagination": pagination})


class GetMetadata(ManagementView):
    @operation(
        "get_metadata",
        summary="Get Database Metadata",
        description="A database with its collections and their declared fields.",
        query=DatabaseQuery,
        answers={200: shapes.MetadataResponse},
    )
    def get(self, request: Request, *, database_id: str) -> Response:
        metadata = catalog.services.queries.describe_database(self.principal, database_id)
        return Response({"success": True, "data": metadata})


class DropDatabase(ManagementView):
    @operation(
        "drop_database",
        summary="Drop Database",
        description="Deletes a database and everything in it, for good. `confirmation` is the database's name. A "
        "key needs the permission `own`.",
        body=shapes.DropDatabaseRequest,
        answers={200: shapes.DroppedDatabaseResponse},
    )
    def delete(self, request: Request, *, database_id: str, confirmation: Any = None) -> Response:
        name = catalog.services.deletion.drop_database(self.principal, database_id, confirmation=confirmation)
        return Response({"success": True, "message": f"Database '{name}' was successfully dropped."})


class CloneDatabase(ManagementView):
    @operation(
        "clone_database",
        summary="Clone Database",
        description="Creates a database of yours with the fields, indexes, documents and files of another one, as "
        "they are or as they were at `as_of`, with the same ids and without history. It appears when it is "
        "complete. A large database is cloned by a job.",
        body=jobs.CloneRequest,
        answers={201: jobs.ClonedResponse, 202: jobs.CloneAcceptedResponse},
    )
    def post(self, request: Request, *, database_id: str, name: str, as_of: datetime | None) -> Response:
        job_id, clone_id = features.jobs.services.clone_to(self.principal, database_id, name=name, at=as_of)
        status = features.jobs.tasks.start(self.principal, job_id)
        if status.state == "failed":
            raise features.jobs.services.error_of(status)
        if status.state != "done":
            return accepted(job_id, "job_status", database={"id": clone_id, "name": name.lower()})
        return Response(render.cloned(status, name=name.lower()), status=201)


class TransferDatabase(ManagementView):
    """The transfer of a database to a team. Keys see no teams."""

    envelope = staticmethod(render.core_envelope)
    error_schema = CoreError

    @operation(
        "transfer_database",
        summary="Hand Over Database",
        description="Gives a database of yours to another of your teams. The former team loses access.",
        parameters=[OpenApiParameter("team_id", str, OpenApiParameter.PATH)],
        body=shapes.TransferRequest,
        answers={200: shapes.TransferResponse},
    )
    def post(self, request: Request, team_id: str, *, database_id: str) -> Response:
        principal = accounts.services.principals.with_current_teams(self.principal)
        team = int(team_id) if _TEAM_ID.fullmatch(team_id) else 0
        name = catalog.services.metadata.transfer.transfer_database(principal, database_id, team=team)
        return Response({"message": f"The database {name} belongs to the team now."})
