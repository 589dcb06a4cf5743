"""The view of a team's use and limits, its query and its response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services.keys import Key
from features.usage.report import MAX_DAYS, LimitUse, Requests, UsageReport, report
from management.declarations import operation
from management.serializers.fields import Declared, RequestSerializer
from management.serializers.responses import ID, response
from management.views.base import ManagementView
from web.operations.types import Digits

_COUNTS = {"requests": 128, "errors": 3, "refused": 1}
_MINUTE = {"name": "rate", "used": 12, "limit": 600, "resets_at": "2026-11-20T10:01:00.000Z"}


class UsageQuery(RequestSerializer):
    days = Declared(Annotated[int, Digits(MAX_DAYS)], default=30, help_text="From 1 to 90, today included.")


UsageResponse = response(
    "UsageResponse",
    {
        "success": True,
        "limits": [{**_MINUTE, "name": "requests_per_minute"}],
        "days": [{"day": "2026-11-20", **_COUNTS}],
        "databases": [
            {"id": ID, "name": "shop", "collections": 2, "documents": 840, "bytes": 123456, **_COUNTS},
        ],
        "keys": [
            {
                "id": "1",
                "name": "my backend",
                "last_used_at": "2026-11-20T10:00:00.000Z",
                "last_used_address": "203.0.113.7",
                "limits": [_MINUTE],
                **_COUNTS,
            }
        ],
        "people": _COUNTS,
    },
)


class TeamUsage(ManagementView):
    """Answers above the limits too, so that a caller can see them."""

    is_limited = False

    @operation(
        "usage",
        summary="Usage and Limits",
        description="The limits of your team and their use, and the requests of the last days by day, database and "
        "key. A key for named databases sees these alone; other keys need the permission `own`.",
        query=UsageQuery,
        answers={200: UsageResponse},
    )
    def get(self, request: Request, *, days: int) -> Response:
        return Response({"success": True, **_content(report(self.principal, days=days))})


def _content(usage: UsageReport) -> Mapping[str, Any]:
    return {
        "limits": [asdict(item) for item in usage.limits],
        "days": [{"day": day.isoformat(), **asdict(counts)} for day, counts in usage.days.items()],
        "databases": [{**asdict(item), **asdict(item.requests)} for item in usage.databases],
        "keys": [_key(*item) for item in usage.keys],
        "people": asdict(usage.people),
    }


def _key(key: Key, limits: Sequence[LimitUse], counts: Requests) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "name": key.name,
        "last_used_at": key.last_used_at,
        "last_used_address": key.last_used_address or None,
        "limits": [asdict(item) for item in limits],
        **asdict(counts),
    }
