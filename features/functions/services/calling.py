"""Calls of functions, and their records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

import engine
from accounts.principal import Principal, check_unlimited
from catalog.services.access import team_of
from catalog.services.metadata.sharing import shared_id_of
from features.environment.services import values_for_functions
from features.functions.bridge import ContextBridge
from features.functions.models import Function, FunctionVersion, Invocation
from features.functions.running import FunctionJob, FunctionResult, run, start_process, stored_text
from features.functions.services.managing import NO_FUNCTION
from features.functions.slots import shared_slots

# Characters of a result that are kept with the invocation.
_MAX_DATA = 10_000


@dataclass(frozen=True)
class FunctionRequest:
    """What a function receives about the request that calls it."""

    method: str
    headers: Mapping[str, str]
    data: Any


def database_of(function_id: str) -> str:
    """Return the database of a function. Raises `NotFound`."""
    rows = FunctionVersion.objects.filter(function=function_id.replace("\0", ""))
    database_id = rows.values_list("function__database__public_id", flat=True).first()
    if database_id is None:
        raise engine.NotFound(NO_FUNCTION)
    return str(database_id)


def call(
    principal: Principal, database_id: str, function_id: str, *, request: FunctionRequest, team: int | None = None
) -> FunctionResult:
    """Call a function with the permissions of a principal, and record the invocation.

    Raises `NotFound`, `Forbidden` to a key that is limited to collections, `LimitExceeded` while the team runs as
    many functions as it may, and `Unavailable`.
    """
    check_unlimited(principal)
    tenant = str(team if team is not None else team_of(principal, database_id))
    version = (
        FunctionVersion.objects.filter(function=function_id, function__database__public_id=database_id)
        .order_by("-created_at", "-pk")
        .first()
    )
    if version is None:
        raise engine.NotFound(NO_FUNCTION)
    job = FunctionJob(version.content, values_for_functions(database_id), _context(version, database_id, request))
    with shared_slots().of(tenant), start_process() as process:
        result = run(process, job, ContextBridge(principal, database_id))
    _record(version, request.method, result)
    return result


def _context(version: FunctionVersion, database_id: str, request: FunctionRequest) -> dict[str, Any]:
    return {
        "functionId": version.function_id,
        "databaseId": shared_id_of(database_id),
        "method": request.method,
        "headers": request.headers,
        "data": request.data,
    }


def _record(version: FunctionVersion, method: str, result: FunctionResult) -> None:
    """Store an invocation, and delete the oldest beyond FUNCTION_INVOCATIONS."""
    rows = Invocation.objects.filter(function=version.function_id)
    with transaction.atomic():
        # Locked: the function may have been deleted while it ran.
        if not Function.objects.select_for_update().filter(pk=version.function_id).first():
            return
        rows.create(
            function_id=version.function_id,
            version_id=version.pk,
            method=method,
            outcome=result.outcome,
            data=stored_text(result.value, max_length=_MAX_DATA),
            error=result.error.replace("\0", "\ufffd"),
            logs=result.logs,
            runtime_ms=result.milliseconds,
        )
        old = rows.order_by("-pk").values_list("pk", flat=True)[settings.FUNCTION_INVOCATIONS :].first()
        if old is not None:
            rows.filter(pk__lte=old).delete()
