"""What is heard in this dialect, by whom, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import engine
from accounts.principal import Principal
from dialects.restdb import render
from web.streaming import Event

_NAMES = {"insert": "post", "update": "put", "delete": "delete", "publish": "publish"}


@dataclass(frozen=True)
class SubscriptionScope:
    """What a listener may hear: all of it, or what a web key or a user of the database names.

    `channels` are those on which may be published, where these are others than may be heard.
    """

    named: frozenset[str] | None = None
    channels: frozenset[str] | None = None

    @classmethod
    def of(cls, principal: Principal) -> SubscriptionScope:
        web = principal.scope.web if principal.scope else None
        named = None if web is None else frozenset(web.realtime)
        return cls(named, principal.outside.publishes if principal.outside else named)

    def hears(self, happening: engine.Happening) -> bool:
        return self.named is None or right(happening) in self.named

    def publishes(self, channel: str) -> bool:
        return self.channels is None or channel in self.channels


def right(happening: engine.Happening) -> str:
    """What a key must name to hear it: `POST:company`, or the channel of a message."""
    if happening.operation == "publish":
        return happening.document["channel"] if happening.document else ""
    return f"{_NAMES[happening.operation].upper()}:{happening.collection}"


def ping(now: datetime, *, reached: engine.Token | None = None) -> bytes:
    """The time, as `new Date()` reads it; with the place where a listener begins, to come back to."""
    time = engine.iso_timestamp(now).encode()
    return Event("ping", time, id=str(reached) if reached else "").encode()


def message(happening: engine.Happening) -> bytes:
    """One message as it is sent."""
    name = _NAMES[happening.operation]
    return Event(name, _data(happening, name), id=str(happening.token)).encode()


def _data(happening: engine.Happening, name: str) -> dict[str, object]:
    if name == "publish":
        found = happening.document or {}
        return {"event": found.get("channel"), "data": found.get("data")}
    data: object = happening.document_id
    if name == "post":
        data = render.document(dict(happening.document or {}), metafields=False, people={})
    if name == "delete":
        data = [happening.document_id]
    return {"event": name, "collection": happening.collection, "data": data}
