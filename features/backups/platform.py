"""The rows of the platform's SQL database as JSON lines, in an order in which they can be inserted again."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from django.apps import apps
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from features.backups.archive import BackupFile

_ROWS_AT_ONCE = 1_000
# Made by `migrate`, except the sessions of browsers: people log in again after a restore.
_LEFT_OUT = frozenset({"contenttypes", "auth", "sessions"})


class _Encoder(DjangoJSONEncoder):
    """Keeps microseconds, which Django's encoder truncates."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def models() -> list[type[Model]]:
    """Return the models of the platform, each after those that it refers to."""
    configs = [(config, None) for config in apps.get_app_configs() if config.label not in _LEFT_OUT]
    return list(serializers.sort_dependencies(configs))


def migrations() -> list[str]:
    """Return the names of the applied migrations; rows can be restored only where they are the same."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


@contextmanager
def snapshot() -> Iterator[None]:
    """Let all reads of this connection see the rows of one time, without blocking those who write."""
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("BEGIN" if is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ")
        try:
            # The snapshot is taken by the first read.
            cursor.execute("SELECT count(*) FROM accounts_team")
            yield
        finally:
            cursor.execute("ROLLBACK")


def dump(model: type[Model]) -> Iterator[tuple[int, bytes]]:
    """Yield the rows of a model in batches: how many, and as JSON lines."""
    rows = model._base_manager.order_by("pk").iterator(chunk_size=_ROWS_AT_ONCE)
    while batch := [*islice(rows, _ROWS_AT_ONCE)]:
        yield len(batch), serializers.serialize("jsonl", batch, cls=_Encoder).encode()


def fields_of(archive: BackupFile, label: str) -> Iterator[dict[str, Any]]:
    """Yield the columns of the rows of a model in a backup."""
    for name, content in archive.members():
        if name.startswith(f"rows/{label}/"):
            for line in content.decode().removesuffix("\n").split("\n"):
                yield json.loads(line)["fields"]


def clear() -> None:
    """Delete all rows, such as those that an empty installation begins with."""
    for model in reversed(models()):
        model._base_manager.all().delete()


def load(lines: bytes) -> int:
    """Insert the rows of one batch as they are, and return how many there are."""
    count = 0
    # From a stream, as lines of a text would end at any of Unicode's line separators.
    for row in serializers.deserialize("jsonl", io.StringIO(lines.decode(), newline="\n")):
        row.save(force_insert=True)
        count += 1
    return count


def reset_sequences() -> None:
    """Let the next rows get numbers after those that were inserted, where the database counts by sequences."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models()):
            cursor.execute(statement)
