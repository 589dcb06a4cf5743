"""Events of collections with a row filter: only those of documents that the credential may see are delivered."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from bson import ObjectId

from engine.context.spec import CollectionSpec
from engine.events.event import RawChange
from engine.history.versions import SUFFIX
from engine.schema.schema import SYSTEM
from engine.store import Store

log = logging.getLogger("datacube.change_stream")
_MAX_WAITING = 10_000
_BATCH_SIZE = 500
# Queries of MongoDB must not delay the thread that delivers the events of all databases.
_threads = ThreadPoolExecutor(4, thread_name_prefix="event-screen")
Current = Mapping[ObjectId, dict[str, Any]]


def visible_events(
    store: Store, database: str, specs: Mapping[str, CollectionSpec], events: Sequence[RawChange]
) -> list[RawChange]:
    """Return the visible ones of some events.

    `specs` are by physical name. An insert or update is visible if the document, as it is now, matches the row
    filter, and an insert then has that document; a delete if the version that it superseded matches.
    """
    filtered = {name: spec for name, spec in specs.items() if spec.filtered}
    named = {name: [event for event in events if event.collection == name] for name in filtered}
    current = {name: _current(store, database, name, named[name]) for name in filtered}
    deleted = {name: _deleted(store, database, spec, named[name]) for name, spec in filtered.items()}
    visible: list[RawChange] = []
    for event in events:
        if event.collection not in filtered:
            visible.append(event)
        elif event.operation == "delete":
            if (event.document_id, event.version) in deleted[event.collection]:
                visible.append(event)
        elif event.document_id in current[event.collection]:
            document = current[event.collection][event.document_id]
            visible.append(replace(event, document=document if event.operation == "insert" else None))
    return visible


def _current(store: Store, database: str, name: str, events: Sequence[RawChange]) -> Current:
    """Return the visible documents that were inserted or changed by id; of the changed ones the id alone."""
    inserted = {event.document_id for event in events if event.operation == "insert"}
    changed = {event.document_id for event in events if event.operation == "update"} - inserted
    documents: dict[ObjectId, dict[str, Any]] = {}
    for ids, fields in ((inserted, None), (changed, {"_id": 1})):
        if ids:
            filter = {"_id": {"$in": [*ids]}}
            rows = store.find(database, name, filter, sort=(), fields=fields, skip=0, limit=len(ids))
            documents |= {row["_id"]: row for row in rows}
    return documents


def _deleted(
    store: Store, database: str, spec: CollectionSpec, events: Sequence[RawChange]
) -> set[tuple[ObjectId, int]]:
    """Return id and version of the visible documents that were deleted. Without history the set is empty."""
    ids = {event.document_id for event in events if event.operation == "delete"}
    if not ids or not spec.history:
        return set()
    stages: list[dict[str, Any]] = [
        {"$match": {"doc": {"$in": [*ids]}, "op": "delete"}},
        {"$replaceRoot": {"newRoot": "$state"}},
        *store.visible_stages(database, spec.physical),
        {"$project": {f"{SYSTEM}.version": 1}},
    ]
    rows = store.unfiltered().aggregate(database, spec.physical + SUFFIX, stages)
    return {(row["_id"], row[SYSTEM]["version"]) for row in rows}


class EventScreen:
    """A queue of one subscriber, in which events wait until it is known whether they are visible."""

    def __init__(
        self,
        screen: Callable[[Sequence[RawChange]], None],
        on_gap: Callable[[], None],
    ) -> None:
        """Create an empty queue. `screen` delivers the visible ones of a batch; `on_gap` is called after a loss."""
        self._screen = screen
        self._on_gap = on_gap
        self._waiting: deque[RawChange] = deque()
        self._lock = threading.Lock()
        self._is_running = False
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether events wait, which later ones must not overtake: clients resume after the last token."""
        return self._is_running

    def put(self, event: RawChange) -> None:
        """Add an event. Past 10,000 waiting ones all are dropped, which is a gap."""
        with self._lock:
            self._waiting.append(event)
            is_full = len(self._waiting) > _MAX_WAITING
            if is_full:
                self._waiting.clear()
            must_start = not self._is_running
            self._is_running = True
        if is_full:
            self._on_gap()
        if must_start:
            _threads.submit(self._run)

    def close(self) -> None:
        """Deliver nothing any more."""
        self._is_closed = True

    def _run(self) -> None:
        while batch := self._take():
            try:
                self._screen(batch)
            except Exception:
                log.exception("events could not be screened; the subscriber gets a gap")
                self._on_gap()

    def _take(self) -> list[RawChange]:
        with self._lock:
            count = 0 if self._is_closed else min(len(self._waiting), _BATCH_SIZE)
            batch = [self._waiting.popleft() for _ in range(count)]
            self._is_running = bool(batch)
        return batch
