"""Change events of a database, and the tokens that resume a stream."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId, Timestamp

from engine.errors import Conflict, Invalid
from engine.history.versions import SUFFIX
from engine.schema.schema import SYSTEM

log = logging.getLogger("datacube.change_stream")

# Where messages lie that were published in a database, until they are forgotten.
PUBLISHED = "_published"
PUBLISHED_SECONDS = 60 * 60
_TOKEN = re.compile(r"([0-9a-f]{1,8})-([0-9a-f]{1,8})-([0-9A-F]{0,2000})")
_CLOCKS_DIFFER_SECONDS = 300
_FUTURE = "`since` lies in the future, no answer had such a token: read the collections, then listen from now on."
_LEFT = (
    "The database was moved to another cluster after `since`: read the collections again, then listen from now on."
)
_OPERATIONS = {"insert": "insert", "update": "update", "replace": "update", "delete": "delete"}


@dataclass(frozen=True, order=True)
class Token:
    """A position in the order of all events. `mark` is MongoDB's resume token, empty for a mere time."""

    seconds: int
    increment: int
    mark: str = ""

    @classmethod
    def parse(cls, text: str) -> Token:
        """Parse a token. Raises `Invalid` for another form, and `Conflict` for a time in the future."""
        match = _TOKEN.fullmatch(text)
        if match and int(match[1], 16) > time.time() + _CLOCKS_DIFFER_SECONDS:
            raise Conflict(_FUTURE)
        if not match:
            raise Invalid.of_field("since", "since must be a token that an answer gave as next.")
        return cls(int(match[1], 16), int(match[2], 16), match[3])

    @classmethod
    def of(cls, change: Mapping[str, Any]) -> Token:
        """Return the token of an entry of a change stream."""
        timestamp: Timestamp = change["clusterTime"]
        return cls(timestamp.time, timestamp.inc, change["_id"]["_data"])

    @classmethod
    def after(cls, timestamp: Timestamp) -> Token:
        return cls(timestamp.time, timestamp.inc + 1)

    @property
    def timestamp(self) -> Timestamp:
        return Timestamp(self.seconds, self.increment)

    def __str__(self) -> str:
        return f"{self.seconds:x}-{self.increment:x}-{self.mark}"


@dataclass(frozen=True)
class Moved:
    """A move of a database to another cluster: the token of the last change before it, and that from which its
    changes are read on the new cluster.
    """

    left: Token
    since: Token

    @classmethod
    def parse(cls, text: str) -> Moved | None:
        """Parse what `str` returns; None for an empty text."""
        left, _, since = text.partition(" ")
        return cls(Token.parse(left), Token.parse(since)) if text else None

    def __str__(self) -> str:
        return f"{self.left} {self.since}"

    def position(self, token: Token) -> Token:
        """Return where to read on after a token. Raises `Conflict` if later changes are on the former cluster."""
        if token >= self.since:
            return token
        if token < self.left:
            raise Conflict(_LEFT)
        return self.since


@dataclass(frozen=True)
class RawChange:
    """A document inserted, updated or deleted, or a message published, by its physical names.

    `document` is what was inserted or published. `is_duplicate` marks MongoDB's own entry for a change that, where
    history is kept, its version describes better. `maker` is who created the document, if the entry says so.
    """

    token: Token
    database: str
    collection: str
    operation: str
    document_id: ObjectId
    version: int | None
    actor: str | None
    at: datetime
    is_duplicate: bool = False
    maker: str | None = None
    document: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


def event_of(change: Mapping[str, Any]) -> RawChange | None:
    """Return the event of one entry of a change stream, or None.

    Where history is kept, an update or delete is reported by the version it leaves behind, which names the actor;
    MongoDB's own entry names no actor of a delete, and of an update only a changed one. Entries that the engine has
    not written are no events and must not block those that follow.
    """
    try:
        return _event_of(change)
    except (KeyError, TypeError, AttributeError, ValueError):
        log.warning("an entry of %s means nothing", change.get("ns"), exc_info=True)
        return None


def _event_of(change: Mapping[str, Any]) -> RawChange | None:
    collection, operation = change["ns"]["coll"], _OPERATIONS[change["operationType"]]
    token = Token.of(change)
    if collection == PUBLISHED:
        return _published(change, token) if operation == "insert" else None
    if collection.endswith(SUFFIX):
        return _ended(change, token) if operation == "insert" else None
    stamps = _stamps(change)
    return RawChange(
        token=token,
        database=change["ns"]["db"],
        collection=collection,
        operation=operation,
        document_id=change["documentKey"]["_id"],
        version=stamps.get("version"),
        actor=stamps.get("updated_by"),
        at=stamps.get("updated") or token.timestamp.as_datetime().replace(tzinfo=None),
        document=change.get("fullDocument") if operation == "insert" else None,
        maker=(change.get("fullDocument") or {}).get(SYSTEM, {}).get("created_by"),
        is_duplicate=operation != "insert" and "txnNumber" in change,
    )


def _ended(change: Mapping[str, Any], token: Token) -> RawChange:
    version = change["fullDocument"]
    return RawChange(
        token=token,
        database=change["ns"]["db"],
        collection=change["ns"]["coll"].removesuffix(SUFFIX),
        operation=version["op"],
        document_id=version["doc"],
        version=version["version"] + (version["op"] == "update"),
        actor=version["by"],
        at=version["to"],
        maker=version["state"].get(SYSTEM, {}).get("created_by"),
    )


def _published(change: Mapping[str, Any], token: Token) -> RawChange:
    message = change["fullDocument"]
    return RawChange(
        token=token,
        database=change["ns"]["db"],
        collection=PUBLISHED,
        operation="publish",
        document_id=message["_id"],
        version=None,
        actor=message["by"],
        at=message["at"],
        document=message,
    )


def _stamps(change: Mapping[str, Any]) -> Mapping[str, Any]:
    current: Mapping[str, Any] = (change.get("fullDocument") or {}).get(SYSTEM, {})
    if change["operationType"] != "update":
        return current
    updated = change["updateDescription"]["updatedFields"]
    prefix = f"{SYSTEM}."
    changed = {name.removeprefix(prefix): value for name, value in updated.items() if name.startswith(prefix)}
    # What did not change is not listed; the whole document knows it, unless it has changed again since.
    return {**current, **changed} if current.get("version") == changed.get("version") else changed
