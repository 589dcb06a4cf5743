"""The change events of a database as the messages that make caches drop what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.services.access import open_database, open_feed
from dialects.communibase.live.credentials import SocketCredentials
from dialects.communibase.live.type_states import TypeStates
from engine.events import Token
from engine.handles import ChangeEvent
from web.streams.event import Event
from web.streams.source import Access, Source

MESSAGE, TYPES = "message", "types"


@dataclass(frozen=True, kw_only=True)
class DirtyAccess(Access):
    """A feed, and the name of the state of the entity types."""

    types: str


class DirtySource(Source[DirtyAccess]):
    """Sends `<EntityType>|<id>` for each created, changed, deleted and restored document that a key may read.

    An event of the name TYPES says that entity types have changed.
    """

    interval_seconds = 2.0
    batch_seconds = 0.1

    def __init__(self, credentials: SocketCredentials, types: TypeStates, *, database_id: str) -> None:
        self._credentials = credentials
        self._types = types
        self._database_id = database_id
        self._sent_types: str | None = None
        self.key = (credentials, database_id)

    def authorize(self) -> DirtyAccess:
        principal = self._credentials.principal()
        feed = open_feed(principal, self._database_id)
        types = self._types.current(open_database(principal, self._database_id))
        return DirtyAccess(feed=feed, types=types.name, principal=principal)

    def poll(self, access: DirtyAccess) -> Sequence[Event]:
        before, self._sent_types = self._sent_types, access.types
        return [] if before in (None, access.types) else [Event(TYPES, b"", is_json=False)]

    def ready(self, access: DirtyAccess, *, position: Token | None) -> Event:
        return Event("ready", b"", is_json=False)

    def change(self, change: ChangeEvent, *, access: DirtyAccess) -> Event | None:
        text = f"{change.collection}|{change.document_id}"
        return Event(MESSAGE, text.encode(), id=str(change.token), is_json=False)
