"""Idempotent requests: the response is stored in the transaction of its effect.

The records are in the tenant's own database, in `_idempotency`: `{_id, fingerprint, at, answer}`. A crash between
the effect and the response leaves both or neither, so the same request, sent again, finds the one or does the
other. Only effects are stored: a refused request changed nothing, and may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from engine.context.context import Context, now
from engine.errors import Conflict

RECORDS = "_idempotency"
RETENTION_SECONDS = 24 * 60 * 60
_IN_FLIGHT = "A request with this key is being processed; try again."
Answer = Mapping[str, Any]
C = TypeVar("C", bound=Context)


@dataclass(frozen=True)
class StoredResponse:
    """The response to a request, or to an earlier one, and the fingerprint of the one it was given to."""

    answer: Answer
    fingerprint: str
    replayed: bool


def run_idempotent(context: C, name: str, *, fingerprint: str, work: Callable[[C], Answer]) -> StoredResponse:
    """Run `work` once per key and return its result, or the stored result of the first run.

    Raises `Conflict` while another request holds the key. The caller must check permissions before: a stored
    response is returned without running `work`.
    """
    context.store.make_expiring(context.database, RECORDS, field="at", seconds=RETENTION_SECONDS)

    def attempt(bound: C) -> StoredResponse:
        names = (bound.database, RECORDS)
        records = bound.store.all(*names, {"_id": name})
        if records:
            return StoredResponse(records[0]["answer"], records[0]["fingerprint"], replayed=True)
        if not bound.store.claim(*names, {"_id": name, "fingerprint": fingerprint, "at": now()}):
            raise Conflict(_IN_FLIGHT, retry_after=1)
        answer = work(bound)
        bound.store.replace(*names, {"_id": name, "fingerprint": fingerprint, "at": now(), "answer": answer})
        return StoredResponse(answer, fingerprint, replayed=False)

    return context.in_transaction(attempt)
