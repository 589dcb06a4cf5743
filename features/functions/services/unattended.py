"""Calls without a caller: by events of triggers, and by schedules. They act for the publisher of the function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery.schedules import crontab
from django.utils import timezone

import engine
from accounts.principal import Principal
from engine.encoding import dumps
from features.functions.models import Function
from features.functions.running import FunctionResult, Outcome
from features.functions.services.calling import FunctionRequest, call
from features.functions.services.grants import principal_of
from features.functions.services.managing import NO_FUNCTION, read_function
from features.webhooks.services import Trigger, list_triggers, set_triggers

_STATUS = {Outcome.DONE: 200, Outcome.FAILED: 500, Outcome.LATE: 504, Outcome.KILLED: 502}
_MAX_SCHEDULE = 100


@dataclass(frozen=True)
class FunctionStarts:
    """When a function is called without a caller. `schedule` is a text of cron, or None."""

    triggers: list[Trigger]
    schedule: str | None
    due_at: datetime | None


def read_starts(principal: Principal, database_id: str, function_id: str) -> FunctionStarts:
    """Return the triggers and the schedule of a function. Raises `NotFound`."""
    read_function(principal, database_id, function_id)
    row = Function.objects.get(pk=function_id)
    return FunctionStarts(list_triggers(function_id), row.schedule or None, row.due_at)


def set_starts(
    principal: Principal, database_id: str, function_id: str, *, triggers: Sequence[Trigger], schedule: str | None
) -> FunctionStarts:
    """Replace the triggers and the schedule of a function. Raises `NotFound`, `Invalid` and `TooLarge`."""
    read_function(principal, database_id, function_id)
    due_at = next_time(schedule, after=timezone.now()) if schedule else None
    set_triggers(principal, database_id, function_id, triggers)
    Function.objects.filter(pk=function_id).update(schedule=schedule or "", due_at=due_at)
    return read_starts(principal, database_id, function_id)


def next_time(schedule: str, *, after: datetime) -> datetime:
    """Return when a text of cron with five fields, in UTC, is due next. Raises `Invalid`."""
    try:
        minute, hour, day, month, weekday = schedule[:_MAX_SCHEDULE].split()
        cron = crontab(minute, hour, weekday, day, month, nowfun=lambda: after)
        return after + cron.remaining_estimate(after)
    except ValueError as error:
        text = f"Must be five fields of cron, such as `*/5 * * * *`: {error}"
        raise engine.Invalid.of_field("schedule", text) from error


def take_due() -> list[str]:
    """Return the functions that are due, each once, and set the time at which they are due next."""
    now = timezone.now()
    taken = []
    for row in Function.objects.filter(due_at__lte=now):
        is_mine = Function.objects.filter(pk=row.pk, due_at=row.due_at)
        if is_mine.update(due_at=next_time(row.schedule, after=now)):
            taken.append(row.pk)
    return taken


def run_scheduled(function_id: str) -> FunctionResult:
    """Call a function by its schedule. Raises `NotFound`, `LimitExceeded` and `Unavailable`."""
    return _call(function_id, "SCHEDULE", {"at": timezone.now().isoformat()})


def deliver_event(database_id: str, function_id: str, event: Mapping[str, Any]) -> tuple[int, str]:
    """Call a function with an event; return the status and text of a receiver of webhooks. Raises `NotFound`."""
    result = _call(function_id, "EVENT", event)
    return _STATUS[result.outcome], result.error or dumps(result.value).decode()


def _call(function_id: str, method: str, data: Any) -> FunctionResult:
    row = Function.objects.filter(pk=function_id).select_related("database").first()
    if row is None:
        raise engine.NotFound(NO_FUNCTION)
    database_id = row.database.public_id
    principal = principal_of(row.grant, database_id)
    request = FunctionRequest(method, {}, data)
    return call(principal, database_id, function_id, request=request, team=row.grant["team"])
