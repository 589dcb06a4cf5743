"""The activity of a database: usage charts, and a live list of events and requests."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

import engine
import features.usage.services
from dashboard.layout import charts
from dashboard.layout.base import DashboardPage, DatabasePage
from features.usage.services import Point
from web.streams.sse import MEDIA_TYPE

_MINUTE, _HOUR = 60, 3_600
# Name → title, span in seconds, number of spans, and spans per bar.
RANGES = {
    "hour": ("Last hour", _MINUTE, 60, 1),
    "day": ("Last 24 hours", _HOUR, 24, 1),
    "week": ("Last 7 days", _HOUR, 168, 3),
    "month": ("Last 30 days", _HOUR, 720, 12),
}


class ActivityView(DatabasePage):
    tab = "activity"

    def get(self, request: HttpRequest, database_id: str) -> HttpResponse:
        database = self.open(database_id)
        chosen = request.GET.get("range", "hour")
        chosen = chosen if chosen in RANGES else "hour"
        _, span, count, bucket_size = RANGES[chosen]
        size = database.size()
        points = features.usage.services.series(database, span=span, count=count)
        points[-1] = replace(points[-1], bytes=size.total)
        points = [_merge(points[start : start + bucket_size]) for start in range(0, count, bucket_size)]
        context = {
            "ranges": [(name, title) for name, (title, *_) in RANGES.items()],
            "chosen": chosen,
            "charts": _charts(points),
            "requests": sum(point.requests for point in points),
            "errors": sum(point.errors for point in points),
            "size": size,
            "stream": f"{reverse('dashboard:stream')}?database_id={database.id}",
        }
        return self.show("activity.html", context)


class StreamView(DashboardPage):
    """The address of the event stream for requests that do not accept one. `datacube.asgi` serves the stream."""

    def get(self, request: HttpRequest) -> HttpResponse:
        raise engine.Invalid(f"Send the request with the header Accept: {MEDIA_TYPE}.")


def _merge(points: list[Point]) -> Point:
    """Merge adjacent points into one: counts are added, latency is the maximum, size is the last value."""
    latencies = [point.p95 for point in points if point.p95 is not None]
    sizes = [point.bytes for point in points if point.bytes is not None]
    return Point(
        start=points[0].start,
        requests=sum(point.requests for point in points),
        errors=sum(point.errors for point in points),
        p95=max(latencies, default=None),
        bytes=sizes[-1] if sizes else None,
    )


def _charts(points: list[Point]) -> list[charts.Chart]:
    return [
        charts.bars("Requests", [(point.start, point.requests) for point in points]),
        charts.bars("Errors", [(point.start, point.errors) for point in points]),
        charts.bars(
            "Response time, 95th percentile", [(point.start, point.p95 or 0) for point in points], unit="ms"
        ),
        charts.bars("On disk", [(point.start, (point.bytes or 0) / 1e6) for point in points], unit="MB"),
    ]
