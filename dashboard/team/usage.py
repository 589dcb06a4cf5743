"""The use of the chosen team against its limits, and its requests by day, database and key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dashboard.layout import charts
from dashboard.layout.base import DashboardPage
from dashboard.templatetags.dashboard import count, size
from features.usage.report import LimitUse, Requests, UsageReport, report

_DAYS = 30
_TITLES = {
    "databases": "Databases",
    "collections": "Collections in one database",
    "documents": "Documents and kept versions",
    "bytes": "On disk",
    "keys": "API keys",
    "import_bytes": "Size of an import",
    "requests_per_minute": "Requests a minute",
    "requests_per_month": "Requests this month",
}


@dataclass(frozen=True)
class LimitRow:
    """A limit as it is shown; `percent` is None where nothing is counted or limited."""

    title: str
    use: LimitUse
    is_size: bool

    @property
    def text(self) -> str:
        used, limit = (self._shown(number) for number in (self.use.used, self.use.limit))
        if self.use.used is None:
            return "no limit" if self.use.limit is None else limit
        return f"{used}, no limit" if self.use.limit is None else f"{used} of {limit}"

    def _shown(self, number: int | None) -> str:
        return size(number) if self.is_size else count(number)

    @property
    def percent(self) -> int | None:
        if self.use.used is None or not self.use.limit:
            return None
        return min(100, round(100 * self.use.used / self.use.limit))


class UsageView(DashboardPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        usage = report(self.principal, days=_DAYS)
        context: dict[str, Any] = {
            "usage": usage,
            "limits": [LimitRow(_TITLES[item.name], item, item.name.endswith("bytes")) for item in usage.limits],
            "charts": _charts(usage, today=timezone.now().date()),
            "days": _DAYS,
        }
        return self.show("usage.html", context)


def _charts(usage: UsageReport, *, today: date) -> list[charts.Chart]:
    days = [today - timedelta(days=number) for number in reversed(range(_DAYS))]
    counts = [(datetime.combine(day, time(), UTC), usage.days.get(day, Requests())) for day in days]
    return [
        charts.bars("Requests", [(at, count.requests) for at, count in counts]),
        charts.bars("Refused", [(at, count.refused) for at, count in counts]),
    ]
