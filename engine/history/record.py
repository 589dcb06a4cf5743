"""One superseded version as it is stored, and as it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.context.context import AuditStamp
from engine.context.ids import new_id
from engine.schema.schema import SYSTEM

# Members that `_sys` of a superseded version has besides, and where they are stored.
END = {"superseded_at": "to", "superseded_by": "by", "superseded_by_operation": "op", "superseded_via": "via"}


class Superseded(NamedTuple):
    """A document as it was, and the operation (update, delete) that supersedes it."""

    document: dict[str, Any]
    op: str
    audit_stamp: AuditStamp


def as_version(superseded: Superseded) -> dict[str, Any]:
    """Return the stored form, see `engine.history.versions`."""
    document, op, audit_stamp = superseded
    stamps = document[SYSTEM]
    return {
        "_id": new_id(),
        "doc": document["_id"],
        "version": stamps["version"],
        "from": stamps["updated"],
        # A clock that went backwards must not make a state end before it began.
        "to": max(audit_stamp.at, stamps["updated"]),
        "by": audit_stamp.by,
        "op": op,
        "via": audit_stamp.via,
        "state": document,
    }


def ended(version: Mapping[str, Any]) -> dict[str, Any]:
    """Return a superseded version as a document, with its end in `_sys`."""
    state = version["state"]
    return {**state, SYSTEM: state[SYSTEM] | {name: version[key] for name, key in END.items()}}
