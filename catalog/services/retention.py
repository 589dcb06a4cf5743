"""Retention of superseded versions, and the description of a collection."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

import engine
from accounts.principal import Principal
from catalog.definitions import Retention, no_collection
from catalog.models import Collection, State
from catalog.services.access import invalidate, open_database
from catalog.services.stores.clusters import store
from engine.context import now
from engine.history import delete_versions, find_excess_versions, prune_versions

log = logging.getLogger("datacube.catalog")


def describe_collection(principal: Principal, database_id: str, name: str) -> dict[str, Any]:
    """Return `{name, fields, strict, json_schema, title_field, history: {enabled, …}, storage, created_at}`."""
    database = open_database(principal, database_id, collection=name)
    size = database.collection(name).size()
    row = _row(database.id, name)
    stored = {"stored_versions": size.pop("versions"), "stored_bytes": size.pop("version_bytes")}
    return {
        "name": row.name,
        "fields": row.fields,
        "strict": row.strict,
        "json_schema": row.rules,
        "title_field": row.title_field or None,
        "history": {
            "enabled": row.history,
            "days": row.history_days,
            "versions": row.history_versions,
            "since": row.history_since,
            **stored,
        },
        "storage": size,
        "created_at": row.created_at,
    }


def forget_history(principal: Principal, database_id: str, name: str, *, before: datetime) -> int:
    """Delete versions superseded before a time (naive UTC) permanently; return their number. Needs OWN."""
    database = open_database(principal, database_id, collection=name)
    database.require(engine.Action.OWN)
    database.collection(name)
    row = _row(database.id, name)
    _set_history_start(row, before)
    return delete_versions(store(row.database.cluster), database.physical, row.physical, before=before)


def prune() -> int:
    """Delete the versions beyond the retention of their collections; return their number."""
    bounded = Q(history_days__isnull=False) | Q(history_versions__isnull=False)
    removed = 0
    for row in Collection.objects.filter(bounded, state=State.READY).select_related("database"):
        try:
            removed += _prune_days(row) + _prune_versions(row)
        except engine.Error as error:
            log.warning("versions of collection %s are not pruned: %s", row.pk, error.message)
    return removed


def _prune_days(row: Collection) -> int:
    if row.history_days is None:
        return 0
    before = now() - timedelta(days=row.history_days)
    created = row.created_at.astimezone(UTC).replace(tzinfo=None)
    if before <= created:
        return 0
    _set_history_start(row, before)
    return delete_versions(store(row.database.cluster), row.database.physical, row.physical, before=before)


def _prune_versions(row: Collection) -> int:
    removed = 0
    while row.history_versions is not None:
        location = (store(row.database.cluster), row.database.physical, row.physical)
        surplus = find_excess_versions(*location, max_versions=row.history_versions)
        if not surplus:
            break
        _set_history_start(row, max(item.until for item in surplus))
        removed += prune_versions(*location, surplus)
    return removed


def _set_history_start(row: Collection, timestamp: datetime) -> None:
    """Record a later start of the history. Call it before deleting versions."""
    since = timestamp.replace(tzinfo=UTC)
    later = Q(history_since=None) | Q(history_since__lt=since)
    if Collection.objects.filter(later, pk=row.pk).update(history_since=since, changed_at=timezone.now()):
        invalidate(row.database.public_id)


def _row(database_id: str, name: str) -> Collection:
    ready = Collection.objects.filter(database__public_id=database_id, name=name, state=State.READY)
    row = ready.select_related("database").first()
    if row is None:
        raise engine.NotFound(no_collection(name))
    return row


def retention_of(row: Collection) -> Any:
    """Return the retention in its declared form."""
    return Retention(on=row.history, days=row.history_days, versions=row.history_versions).as_json()
