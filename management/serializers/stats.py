"""Responses that count: statistics, the published data of the dashboard, and the health check."""

from __future__ import annotations

from management.serializers.databases import DATABASE, METADATA
from management.serializers.responses import response

CoreError = response("CoreError", {"error": "Not found or access denied"})
StatsResponse = response("StatsResponse", {"success": True, "databases": 2, "collections": 5, "documents": 1184})
DashboardStatsResponse = response(
    "DashboardStatsResponse",
    {
        "usage": {"api_calls_current_month": 128, "last_reset_date": "2025-01-01T00:00:00.000Z"},
        "databases": [DATABASE],
    },
)
DashboardDatabaseResponse = response(
    "DashboardDatabaseResponse",
    {
        "database": METADATA,
        "collections": [{"name": "users", "num_documents": 152, "field_count": 2}],
        "stats": {"collection_count": 1, "total_fields": 2},
    },
)
HealthResponse = response(
    "HealthResponse", {"success": True, "status": "healthy", "timestamp": "2026-11-20T10:00:00.000Z"}
)
