"""A superseded version as it is stored and read."""

from __future__ import annotations

from datetime import datetime, timedelta

from bson import ObjectId

from engine.context.context import AuditStamp
from engine.history.record import Superseded, as_version, ended

BEGAN = datetime(2025, 1, 31, 12)
DOCUMENT = {
    "_id": ObjectId(),
    "title": "Slam",
    "_sys": {"version": 3, "created": BEGAN, "created_by": "u1", "updated": BEGAN, "updated_by": "k1"},
}


def stamp(at: datetime) -> AuditStamp:
    return AuditStamp(at=at, by="k2", via="rest")


def test_a_version_is_read_as_the_document_that_it_was() -> None:
    until = BEGAN + timedelta(seconds=5)
    stored = as_version(Superseded(DOCUMENT, "update", stamp(until)))
    assert {name: stored[name] for name in ("doc", "version", "from", "to", "by", "op", "via")} == {
        "doc": DOCUMENT["_id"],
        **{"version": 3, "from": BEGAN, "to": until, "by": "k2", "op": "update", "via": "rest"},
    }
    read = ended(stored)
    end = {
        "superseded_at": until,
        "superseded_by": "k2",
        "superseded_by_operation": "update",
        "superseded_via": "rest",
    }
    assert read == {**DOCUMENT, "_sys": {**DOCUMENT["_sys"], **end}}


def test_a_clock_that_goes_backwards_ends_no_version_before_it_began() -> None:
    stored = as_version(Superseded(DOCUMENT, "delete", stamp(BEGAN - timedelta(hours=1))))
    assert (stored["from"], stored["to"]) == (BEGAN, BEGAN)
