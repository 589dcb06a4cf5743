"""The engine's limits from the settings, and those of a database that belongs to nobody."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from django.conf import settings

import engine
from engine.actions import CHANGING, BoundedActions
from engine.handles import database_size
from engine.store import moving_error

_FULL = "A database without an owner has at most {} {} ({}). Delete tables, or give it to a team of yours."


def limits() -> engine.Limits:
    return engine.Limits(
        depth=settings.MAX_DEPTH,
        query_nodes=settings.MAX_QUERY_NODES,
        document_nodes=settings.MAX_DOCUMENT_NODES,
        schema_checks=settings.MAX_SCHEMA_CHECKS,
        regex_length=settings.MAX_REGEX_LENGTH,
        batch_documents=settings.MAX_BATCH_DOCUMENTS,
        page_size=settings.MAX_PAGE_SIZE,
        collection_fields=settings.MAX_COLLECTION_FIELDS,
        indexes=settings.MAX_INDEXES,
        expand_depth=settings.MAX_EXPAND_DEPTH,
        expanded=settings.MAX_EXPANDED,
        query_seconds=settings.QUERY_TIMEOUT,
        write_seconds=settings.WRITE_SECONDS,
        slow_query_ms=settings.SLOW_QUERY_MS,
    )


def bounded(allowed: frozenset[engine.Action], store: engine.Store, physical: str) -> frozenset[engine.Action]:
    """Return permissions on a database of the size that one without an owner may have; measured at each write."""
    return BoundedActions(allowed).bounded_by(partial(_check_room, store, physical))


def without_writes(database: engine.Database) -> engine.Database:
    """Return a database of which everything but reading is refused, because it is moving to another cluster."""
    specs = {
        name: spec if spec.allowed is None else replace(spec, allowed=_refusing(spec.allowed))
        for name, spec in database.specs.items()
    }
    return replace(database, allowed=_refusing(database.allowed), specs=specs)


def _refusing(allowed: frozenset[engine.Action]) -> BoundedActions:
    return BoundedActions(allowed).bounded_by(refuse_moving, checked=CHANGING)


def refuse_moving() -> None:
    """Raise the error for a change of a database that is moving to another cluster."""
    raise moving_error()


def check_unowned(*, size: int = 0, documents: int = 0) -> None:
    """Raise `TooLarge` for more bytes or documents than a database without an owner may have."""
    if size > settings.ANONYMOUS_MAX_BYTES:
        raise engine.TooLarge(_FULL.format(settings.ANONYMOUS_MAX_BYTES, "bytes", "ANONYMOUS_MAX_BYTES"))
    if documents > settings.ANONYMOUS_MAX_DOCUMENTS:
        text = _FULL.format(settings.ANONYMOUS_MAX_DOCUMENTS, "documents and versions", "ANONYMOUS_MAX_DOCUMENTS")
        raise engine.TooLarge(text)


def _check_room(store: engine.Store, physical: str) -> None:
    size = database_size(store, physical)
    check_unowned(size=size.data + 1, documents=size.documents + 1)
