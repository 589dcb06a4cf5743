"""What a write would do: it is made in a transaction that is then given up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bson import ObjectId

if TYPE_CHECKING:
    from engine.handles.collection import Collection
    from engine.write.operations import Work

_SHOWN = 5


@dataclass(frozen=True)
class Sample:
    """One document before and after; None where it is not there."""

    id: ObjectId
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True)
class Preview:
    """How many documents match, and the first few of them; a document that would be made counts as no match."""

    count: int
    samples: list[Sample]


def rehearsed(handle: Collection, work: Work) -> Preview:
    """Does the work; the caller sees to it that it comes to nothing."""
    before = handle.first(work.filter, _SHOWN, work.collation)
    written = work.run(handle)
    ids = [document["_id"] for document in before] or ([written.id] if written.id else [])
    present = handle.spec.schema.present
    after = {document["_id"]: document for document in present(handle.first({"_id": {"$in": ids}}, _SHOWN))}
    was = {document["_id"]: document for document in present(before)}
    return Preview(written.count, [Sample(name, was.get(name), after.get(name)) for name in ids])
