"""Takes a restored database, while nobody sees it, back to a time: documents by their history, and schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

import engine
from catalog.models import Collection, Database, State
from catalog.services.access import spec_of
from catalog.services.metadata import schema_history
from catalog.services.schema_changes import restored_columns, schema_from
from catalog.services.stores.clusters import store
from engine.context import now
from engine.encoding import iso_timestamp
from engine.jobs import Migration, Report, Restoration, RewriteCounts, SchemaChange
from features.backups.services.databases.archives import Progress
from features.jobs.services.restoring import schema_differences

_TOO_LATE = "The backup was taken at {}: as_of must not be later."
_TOO_EARLY = "The history of {!r} reaches back to {} only."
# The time in the header of an archive has whole seconds.
_PRECISION = timedelta(seconds=1)


def check_reach(collections: Sequence[Mapping[str, Any]], at: datetime, *, taken_at: str) -> None:
    """Raise `Invalid` for a time (naive UTC) after the backup or before the history of one of its collections."""
    if at.replace(tzinfo=UTC) >= datetime.fromisoformat(taken_at) + _PRECISION:
        raise engine.Invalid.of_field("as_of", _TOO_LATE.format(taken_at))
    for item in collections:
        since = item["history_since"] if item["history"] else None
        since = datetime.fromisoformat(since) if isinstance(since, str) else since
        if since is not None and at.replace(tzinfo=UTC) < since:
            start = iso_timestamp(since.astimezone(UTC).replace(tzinfo=None))
            raise engine.Invalid.of_field("as_of", _TOO_EARLY.format(item["name"], start))


def rewind(
    public_id: str,
    collections: Sequence[Mapping[str, Any]],
    at: datetime,
    *,
    actor: str,
    dry_run: bool = False,
    progress: Progress,
) -> dict[str, Any]:
    """Take the filled database back to `at` (naive UTC); `collections` are its columns as the backup has them.

    Returns `{collections: {name: counts and differences of the schema}, skipped: [collections without history]}`.
    With `dry_run` nothing changes. May be run again on a database that was filled again.
    """
    row = Database.objects.get(public_id=public_id, state=State.FILLING)
    result: dict[str, Any] = {"collections": {}, "skipped": []}
    for columns in collections:
        item = row.collections.get(name=columns["name"])
        _reset(item, columns)
        if item.history:
            rewinding = _Rewinding(row, item, at, actor)
            result["collections"][item.name] = rewinding.dry_run(progress) if dry_run else rewinding.run(progress)
        else:
            result["skipped"].append(item.name)
    return result


def _reset(item: Collection, columns: Mapping[str, Any]) -> None:
    """Give a collection its schema of the backup, which an earlier attempt may have changed."""
    for name in schema_history.COLUMNS:
        setattr(item, name, columns[name])
    item.save()
    item.schema_versions.all().delete()
    schema_history.load(item, columns.get("schema_versions", ()))


class _Rewinding:
    """One collection of an invisible database."""

    def __init__(self, row: Database, item: Collection, at: datetime, actor: str) -> None:
        self._row, self._item, self._at, self._actor = row, item, at, actor
        self._now = schema_history.schema_of(item)
        versions = schema_history.versions_of(item)
        self._then = schema_history.schema_at(versions, at.replace(tzinfo=UTC)).declared
        self._relaxed, self._after = restored_columns(self._now, self._then)

    def dry_run(self, progress: Progress) -> dict[str, Any]:
        return self._report(Restoration(self._handle(), self._at, now()).dry_run(progress))

    def run(self, progress: Progress) -> dict[str, Any]:
        self._declare(self._now, self._relaxed)
        counts = Restoration(self._handle(), self._at, now()).run(progress)
        self._declare(self._relaxed, self._after)
        schema_history.record(self._item, self._after, actor=self._actor, at=timezone.now())
        for name in schema_history.COLUMNS:
            setattr(self._item, name, self._after[name])
        self._item.save()
        return self._report(counts)

    def _declare(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Give the collection the indexes and counters of a schema."""
        change = SchemaChange(schema_from(before), schema_from(after))
        handle = self._handle()
        migration = Migration(replace(handle, spec=replace(handle.spec, schema=change.before)), change)
        migration.prepare(migration.indexes())
        migration.finish(migration.indexes(), Report())

    def _handle(self) -> engine.Collection:
        names = (self._row.physical, spec_of(self._item), self._actor)
        return engine.Collection(store(self._row.cluster), *names, engine.ALL_ACTIONS, surface="management")

    def _report(self, counts: RewriteCounts) -> dict[str, Any]:
        differences = schema_differences(self._now, self._then)
        is_restored = {"schema_restored": True} if differences else {}
        return asdict(counts) | differences | is_restored
