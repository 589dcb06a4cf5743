"""The views that count: statistics, and the published data of the dashboard."""

from __future__ import annotations

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

import catalog.services
import features.usage.services
from management import render
from management.declarations import operation
from management.serializers import stats as shapes
from management.views.base import ManagementView


class Stats(ManagementView):
    @operation(
        "stats",
        summary="Statistics",
        description="How many databases, collections and documents you may see.",
        answers={200: shapes.StatsResponse},
    )
    def get(self, request: Request) -> Response:
        return Response({"success": True, **catalog.services.queries.stats(self.principal)})


class DashboardStats(ManagementView):
    """The published data of the dashboard's first page."""

    envelope = staticmethod(render.core_envelope)
    error_schema = shapes.CoreError

    @operation(
        "dashboard_stats",
        summary="Dashboard Statistics",
        description="Your databases, and the number of requests to them since the first of the month.",
        answers={200: shapes.DashboardStatsResponse},
    )
    def get(self, request: Request) -> Response:
        databases, _ = catalog.services.queries.list_databases(
            self.principal, page=1, page_size=settings.MAX_DATABASES, search=""
        )
        calls, since = features.usage.services.requests_this_month([database["id"] for database in databases])
        return Response(render.dashboard_stats(databases, calls=calls, since=since))


class DashboardDatabase(ManagementView):
    """The published data of a database's page."""

    envelope = staticmethod(render.core_envelope)
    error_schema = shapes.CoreError

    @operation(
        "dashboard_database",
        summary="Dashboard Database",
        description="One database with the number of documents in each collection.",
        parameters=[OpenApiParameter("database_id", str, OpenApiParameter.PATH)],
        answers={200: shapes.DashboardDatabaseResponse},
    )
    def get(self, request: Request, database_id: str) -> Response:
        _, counts = catalog.services.queries.count_collections(self.principal, database_id)
        metadata = catalog.services.queries.describe_database(self.principal, database_id)
        return Response(render.dashboard_database(metadata, counts))
