"""The views of databases: create, list, describe, drop and clone them."""

from __future__ import annotations

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

import catalog.services
import features.jobs.services
import features.jobs.tasks
import features.usage.services
from management import render
from management.views.base import ManagementView, accepted, database_id_of
from web.requests.body import SAFEGUARDS
from web.requests.parameters import Parameters


@extend_schema(exclude=True)
class CreateDatabase(ManagementView):
    def post(self, request: Request) -> Response:
        Parameters(request.data).check()
        database, created = catalog.services.creation.create_database(
            request.user, name=request.data.get("db_name"), collections=request.data.get("collections")
        )
        content = {
            "success": True,
            "database": {"id": database.id, "name": database.name},
            "collections": render.created_collections(created),
        }
        return Response(content, status=201)


@extend_schema(exclude=True)
class ListDatabases(ManagementView):
    envelope = staticmethod(render.envelope_with_error)

    def get(self, request: Request) -> Response:
        params = Parameters(request.query_params)
        page = params.integer("page", default=1)
        size = min(params.integer("page_size", default=10), settings.MAX_PAGE_SIZE)
        params.check("Invalid pagination parameters.")
        search = params.text("search", default="")
        params.check()
        databases, total = catalog.services.queries.list_databases(
            request.user, page=page, page_size=size, search=search
        )
        pagination = render.pagination(page=page, page_size=size, total=total)
        return Response({"success": True, "data": databases, "pagination": pagination})


@extend_schema(exclude=True)
class GetMetadata(ManagementView):
    def get(self, request: Request) -> Response:
        database_id = database_id_of(request.query_params)
        return Response(
            {"success": True, "data": catalog.services.queries.describe_database(request.user, database_id)}
        )


@extend_schema(exclude=True)
class DropDatabase(ManagementView):
    def delete(self, request: Request) -> Response:
        name = catalog.services.deletion.drop_database(
            request.user,
            database_id_of(request.data),
            confirmation=request.data.get("confirmation"),
        )
        return Response({"success": True, "message": f"Database '{name}' was successfully dropped."})


@extend_schema(exclude=True)
class CloneDatabase(ManagementView):
    def post(self, request: Request) -> Response:
        params = Parameters(request.data)
        params.reject_unknown("database_id", "name", "as_of", *SAFEGUARDS)
        database_id, name = params.text("database_id"), params.text("name")
        at = params.past_datetime("as_of")
        params.check()
        job_id, clone_id = features.jobs.services.clone_to(request.user, database_id, name=name, at=at)
        status = features.jobs.tasks.start(request.user, job_id)
        if status.state == "failed":
            raise features.jobs.services.error_of(status)
        if status.state != "done":
            return accepted(job_id, "job_status", database={"id": clone_id, "name": name.lower()})
        return Response(render.cloned(status, name=name.lower()), status=201)


@extend_schema(exclude=True)
class Stats(ManagementView):
    def get(self, request: Request) -> Response:
        return Response({"success": True, **catalog.services.queries.stats(request.user)})


@extend_schema(exclude=True)
class DashboardStats(ManagementView):
    """The published data of the dashboard's first page."""

    envelope = staticmethod(render.core_envelope)

    def get(self, request: Request) -> Response:
        databases, _ = catalog.services.queries.list_databases(
            request.user, page=1, page_size=settings.MAX_DATABASES, search=""
        )
        calls, since = features.usage.services.requests_this_month([database["id"] for database in databases])
        return Response(render.dashboard_stats(databases, calls=calls, since=since))


@extend_schema(exclude=True)
class DashboardDatabase(ManagementView):
    """The published data of a database's page."""

    envelope = staticmethod(render.core_envelope)

    def get(self, request: Request, database_id: str) -> Response:
        _, counts = catalog.services.queries.count_collections(request.user, database_id)
        return Response(
            render.dashboard_database(catalog.services.queries.describe_database(request.user, database_id), counts)
        )
