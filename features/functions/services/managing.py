"""Management of functions and of their versions. Everything needs `design`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

import engine
from accounts.principal import Principal
from catalog.naming import new_ulid
from catalog.services.access import lock_database, open_database, team_of
from catalog.services.queries import database_key
from engine.errors import invalid
from features.functions.diagnostics import diagnostics_of
from features.functions.models import Function, FunctionVersion, Invocation
from features.functions.services.grants import grant_of
from features.functions.slots import shared_slots
from features.webhooks.services import delete_triggers

RUNTIME = "deno"
_MAX_NAME = 200
_MAX_DESCRIPTION = 10_000
NO_FUNCTION = "Function not found."
_NO_VERSION = "Version not found."


@dataclass(frozen=True)
class FunctionRecord:
    """A function with one of its versions, and the ids of all of them, the newest first."""

    id: str
    name: str
    description: str | None
    runtime: str
    version: str
    content: str
    diagnostics: list[Any] | None
    versions: list[str]
    created_at: datetime


@dataclass(frozen=True)
class InvocationRecord:
    """One call. `data` is JSON text, `logs` are `{message, stream, utc}`."""

    version: str
    method: str
    outcome: str
    data: str
    error: str
    logs: list[Any]
    milliseconds: float
    created_at: datetime


def list_functions(principal: Principal, database_id: str) -> list[FunctionRecord]:
    """Return the functions with their current versions, in the order of their creation."""
    _require(principal, database_id)
    return [_record(row) for row in _rows(database_id).order_by("pk")]


def read_function(
    principal: Principal, database_id: str, function_id: str, *, version_id: str = ""
) -> FunctionRecord:
    """Return a function with its current version, or with the named one. Raises `NotFound`."""
    _require(principal, database_id)
    return _record(_row(database_id, function_id), version_id=version_id)


def create_function(
    principal: Principal, database_id: str, *, members: Mapping[str, Any], check: bool
) -> FunctionRecord:
    """Create a function of `name`, `description` and `content`. With `check` its types are checked.

    Raises `Invalid` with every error, and `TooLarge` at MAX_FUNCTIONS.
    """
    _require(principal, database_id)
    _check_members({"name": None, "content": None, **members})
    diagnostics = _diagnostics(principal, database_id, members["content"], check=check)
    with transaction.atomic():
        lock_database(database_id)
        if _rows(database_id).count() >= settings.MAX_FUNCTIONS:
            raise engine.TooLarge(f"A database has at most {settings.MAX_FUNCTIONS} functions (MAX_FUNCTIONS).")
        row = Function.objects.create(
            id=new_ulid(),
            database_id=database_key(database_id),
            name=members["name"],
            description=members.get("description"),
            grant=grant_of(principal, database_id),
        )
        _add_version(row, members["content"], diagnostics)
    return _record(row)


def change_function(
    principal: Principal, database_id: str, function_id: str, *, changes: Mapping[str, Any], check: bool
) -> FunctionRecord:
    """Change members of a function. A changed `content` is a new version. Raises `NotFound` and `Invalid`."""
    _require(principal, database_id)
    row = _row(database_id, function_id)
    _check_members(changes)
    content = changes.get("content")
    if content is not None and content == _newest(row).content:
        content = None
    diagnostics = None if content is None else _diagnostics(principal, database_id, content, check=check)
    with transaction.atomic():
        row = _locked(database_id, function_id)
        row.name = changes.get("name", row.name)
        row.description = changes.get("description", row.description)
        if content is not None:
            _add_version(row, content, diagnostics)
            row.grant = grant_of(principal, database_id)
        row.save()
    return _record(row)


def republish(
    principal: Principal, database_id: str, function_id: str, *, version_id: str, check: bool
) -> FunctionRecord:
    """Make the text of an old version a new one. Raises `NotFound`."""
    _require(principal, database_id)
    old = read_function(principal, database_id, function_id, version_id=version_id)
    diagnostics = _diagnostics(principal, database_id, old.content, check=check)
    with transaction.atomic():
        row = _locked(database_id, function_id)
        _add_version(row, old.content, diagnostics)
        row.grant = grant_of(principal, database_id)
        row.save()
    return _record(row)


def delete_function(principal: Principal, database_id: str, function_id: str) -> None:
    """Delete a function with its versions and invocations. A call that runs ends as it would. Raises `NotFound`."""
    _require(principal, database_id)
    row = _row(database_id, function_id)
    with transaction.atomic():
        delete_triggers(row.pk)
        row.delete()


def list_invocations(
    principal: Principal, database_id: str, function_id: str, *, limit: int | None = None
) -> list[InvocationRecord]:
    """Return the kept invocations of a function, the newest first. Raises `NotFound`."""
    _require(principal, database_id)
    rows = _row(database_id, function_id).invocations.order_by("-pk")
    return [_invocation(row) for row in rows[: limit or settings.FUNCTION_INVOCATIONS]]


def _require(principal: Principal, database_id: str) -> None:
    open_database(principal, database_id).require(engine.Action.DESIGN)


def _diagnostics(
    principal: Principal, database_id: str, content: str, *, check: bool
) -> list[dict[str, Any]] | None:
    if not check:
        return None
    with shared_slots().of(str(team_of(principal, database_id))):
        return diagnostics_of(content)


def _check_members(members: Mapping[str, Any]) -> None:
    errors = []
    name, content, description = members.get("name", "-"), members.get("content", ""), members.get("description")
    if type(name) is not str or not 1 <= len(name) <= _MAX_NAME or "\0" in name:
        errors.append(engine.FieldError("name", f"Must be a string of 1 to {_MAX_NAME} characters without NUL."))
    if type(content) is not str or "\0" in content:
        errors.append(engine.FieldError("content", "Must be a string without NUL."))
    elif len(content.encode()) > settings.MAX_FUNCTION_BYTES:
        text = f"A function has at most {settings.MAX_FUNCTION_BYTES} bytes (MAX_FUNCTION_BYTES)."
        raise engine.TooLarge(text)
    if description is not None and (
        type(description) is not str or len(description) > _MAX_DESCRIPTION or "\0" in description
    ):
        text = f"Must be a string of at most {_MAX_DESCRIPTION} characters without NUL, or null."
        errors.append(engine.FieldError("description", text))
    if members.get("runtime", RUNTIME) != RUNTIME:
        errors.append(engine.FieldError("runtime", f"Must be {RUNTIME}."))
    if errors:
        raise invalid(errors)


def _add_version(row: Function, content: str, diagnostics: list[dict[str, Any]] | None) -> None:
    """Add the version that runs from now on, and delete the oldest beyond FUNCTION_VERSIONS."""
    row.versions.create(id=new_ulid(), content=content, diagnostics=diagnostics)
    old = row.versions.order_by("-created_at", "-pk").values_list("pk", flat=True)[settings.FUNCTION_VERSIONS :]
    row.versions.filter(pk__in=[*old]).delete()


def _newest(row: Function) -> FunctionVersion:
    return row.versions.order_by("-created_at", "-pk")[0]


def _record(row: Function, *, version_id: str = "") -> FunctionRecord:
    versions = [*row.versions.order_by("-created_at", "-pk").values_list("pk", flat=True)]
    if version_id and version_id not in versions:
        raise engine.NotFound(_NO_VERSION)
    version = row.versions.get(pk=version_id or versions[0])
    return FunctionRecord(
        id=row.pk,
        name=row.name,
        description=row.description,
        runtime=row.runtime,
        version=version.pk,
        content=version.content,
        diagnostics=version.diagnostics,
        versions=versions,
        created_at=row.created_at,
    )


def _invocation(row: Invocation) -> InvocationRecord:
    return InvocationRecord(
        version=row.version_id,
        method=row.method,
        outcome=row.outcome,
        data=row.data,
        error=row.error,
        logs=row.logs,
        milliseconds=row.runtime_ms,
        created_at=row.created_at,
    )


def _rows(database_id: str) -> Any:
    return Function.objects.filter(database__public_id=database_id)


def _row(database_id: str, function_id: str) -> Function:
    row: Function | None = _rows(database_id).filter(pk=function_id.replace("\0", "")).first()
    if row is None:
        raise engine.NotFound(NO_FUNCTION)
    return row


def _locked(database_id: str, function_id: str) -> Function:
    row: Function | None = _rows(database_id).select_for_update(of=("self",)).filter(pk=function_id).first()
    if row is None:
        raise engine.NotFound(NO_FUNCTION)
    return row
