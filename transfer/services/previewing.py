"""What a file would bring: its first documents, and the fields that they seem to have."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from django.conf import settings

import engine
from transfer.reader import Reader

_SHOWN = 20
_MOST_SEEN = 1_000


@dataclass(frozen=True)
class Preview:
    """The first few of the `count` documents that were looked at, and what was inferred: {name: type or empty}."""

    documents: list[dict[str, Any]]
    count: int
    types: dict[str, str]


def preview(head: bytes, *, complete: bool) -> Preview:
    """Of a file's beginning, which may end anywhere unless it is complete; raises `Invalid` where it breaks."""
    seen: list[dict[str, Any]] = []
    try:
        for batch in Reader(io.BytesIO(head), depth=settings.MAX_DEPTH, values=settings.MAX_BODY_VALUES).batches(1):
            seen += [document for document in batch.documents if type(document) is dict]
            if len(seen) >= _MOST_SEEN:
                break
    except engine.Error:
        if complete or not seen:
            raise
    inference = engine.Inference()
    inference.see(seen)
    single = inference.schema(limits=engine.Limits()).by_name
    names = dict.fromkeys(name for document in seen for name in document)
    types = {name: single[name].type if name in single else "" for name in names}
    return Preview(seen[:_SHOWN], len(seen), types)
