"""The answers of a subscription: the present one, and another one after each change of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from django.conf import settings
from graphql import GraphQLSchema

import engine
from dialects.airsequel import render
from dialects.airsequel.graphql.execution import GraphOperation, check_subscription, run_subscription
from dialects.airsequel.graphql.live.tables import tables_read
from dialects.airsequel.graphql.live.target import GraphAccess, GraphTarget
from engine.encoding import dumps
from engine.events import Token
from engine.handles import ChangeEvent
from web.streams.event import Event
from web.streams.source import Access, Source

NEXT = "next"
# Subscriptions of this process that are executed at the same time; the others wait for their next interval.
_EXECUTIONS = threading.BoundedSemaphore(4)
_BUSY = "Too many subscriptions are read at the moment; try again."


@dataclass(frozen=True, kw_only=True)
class LiveAccess(Access):
    """A feed, and the latest answer."""

    answer: bytes


class LiveQuery(Source[LiveAccess]):
    """Sends the answer at once, and again when a change of its tables has changed it, at most once per interval.

    Each subscription has a channel of its own, because its answers depend on the caller and the operation.
    """

    interval_seconds = 1.0

    def __init__(self, target: GraphTarget, operation: Callable[[], GraphOperation]) -> None:
        """Make a source of a requested operation, which is parsed once the database was opened."""
        self._target = target
        self._operation = operation
        self._tables: frozenset[str] = frozenset()
        self._schema: GraphQLSchema | None = None
        self._is_changed = False
        self._answer = b""
        self._sent = b""
        self.key = object()

    def authorize(self) -> LiveAccess:
        access = self._target.open()
        feed = access.feed()
        is_first = not self._answer
        if is_first or self._is_changed or access.schema.schema is not self._schema:
            self._read_in_turn(access, seconds=settings.QUERY_TIMEOUT if is_first else 0)
        if not self._answer:
            raise engine.Unavailable(_BUSY)
        # The first answer precedes the feed, so the next check reads again.
        self._is_changed |= is_first
        return LiveAccess(feed=feed, answer=self._answer, principal=access.principal)

    def _read_in_turn(self, access: GraphAccess, *, seconds: float) -> None:
        """Read the answer, if it is this subscription's turn within some seconds.

        An operation that a change of the schema has made invalid is answered with its errors.
        """
        if not _EXECUTIONS.acquire(timeout=seconds):
            return
        try:
            self._read(access, self._operation())
        except engine.Invalid as error:
            if not self._answer:
                raise
            self._answer = dumps(render.envelope(error))
        finally:
            _EXECUTIONS.release()

    def _read(self, access: GraphAccess, operation: GraphOperation) -> None:
        """Read the answer. A change in the meantime, and a failure, let the next check read it again."""
        checked = check_subscription(access.schema, operation)
        self._tables = tables_read(access.schema, checked.document, operation.name)
        self._is_changed, self._schema = False, access.schema.schema
        try:
            self._answer = run_subscription(access.schema, access.request(), operation, checked)
        except engine.Error:
            self._is_changed = True
            raise

    def poll(self, access: LiveAccess) -> Sequence[Event]:
        digest = blake2b(access.answer).digest()
        if digest == self._sent:
            return []
        self._sent = digest
        return [Event(NEXT, access.answer)]

    def ready(self, access: LiveAccess, *, position: Token | None) -> Event:
        self._sent = blake2b(access.answer).digest()
        return Event(NEXT, access.answer)

    def change(self, change: ChangeEvent, *, access: LiveAccess) -> Event | None:
        if change.collection in self._tables:
            self._is_changed = True
        return None
