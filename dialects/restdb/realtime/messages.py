"""Encoding of change events for this dialect, and the events that a principal may receive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.principal import ExternalUserPrincipal, Principal, browser_scope_of
from dialects.restdb import render
from engine.encoding import iso_timestamp
from engine.events import Token
from engine.handles import ChangeEvent
from web.streams.event import Event

_NAMES = {"insert": "post", "update": "put", "delete": "delete", "publish": "publish"}


@dataclass(frozen=True)
class SubscriptionScope:
    """The events that a principal may receive; None means all.

    `channels` are those that it may publish on.
    """

    event_names: frozenset[str] | None = None
    channels: frozenset[str] | None = None

    @classmethod
    def of(cls, principal: Principal) -> SubscriptionScope:
        """Return the scope of a browser key or an external user; of other principals a scope without limits."""
        web = browser_scope_of(principal)
        event_names = None if web is None else frozenset(web.realtime)
        return cls(
            event_names, principal.publishes if isinstance(principal, ExternalUserPrincipal) else event_names
        )

    def allows(self, event: ChangeEvent) -> bool:
        """Check whether the principal may receive the event."""
        return self.event_names is None or event_name(event) in self.event_names

    def may_publish(self, channel: str) -> bool:
        """Check whether the principal may publish on the channel."""
        return self.channels is None or channel in self.channels


def event_name(event: ChangeEvent) -> str:
    """Return the name that a key must list to receive the event: `POST:company`, or the channel of a message."""
    if event.operation == "publish":
        return event.document["channel"] if event.document else ""
    return f"{_NAMES[event.operation].upper()}:{event.collection}"


def ping(now: datetime, *, position: Token | None = None) -> Event:
    """Return a ping with the time in ISO 8601; a client may resume from `position`."""
    return Event("ping", iso_timestamp(now).encode(), id=str(position) if position else "", is_json=False)


def message(event: ChangeEvent) -> Event:
    """Encode a change, or a published message."""
    name = _NAMES[event.operation]
    return Event.of(name, _data(event, name), id=str(event.token))


def _data(event: ChangeEvent, name: str) -> dict[str, object]:
    if name == "publish":
        document = event.document or {}
        return {"event": document.get("channel"), "data": document.get("data")}
    data: object = event.document_id
    if name == "post":
        data = render.document(dict(event.document or {}), metafields=False, people={})
    if name == "delete":
        data = [event.document_id]
    return {"event": name, "collection": event.collection, "data": data}
