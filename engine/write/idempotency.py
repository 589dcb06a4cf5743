"""Does a request once, however often it is sent: its answer is kept in the transaction that makes its effect.

The records lie in the tenant's own database, in `_idempotency`: `{_id, fingerprint, at, answer}`. Whoever dies
between the effect and the answer has made both or neither, so that the same request, sent again, finds the one or
does the other. Only what took effect is kept: a request that was refused changed nothing, and may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from engine.context.context import Context, now
from engine.errors import Conflict

RECORDS = "_idempotency"
KEPT_SECONDS = 24 * 60 * 60
_IN_FLIGHT = "A request with this key is being answered just now; try again."
Answer = Mapping[str, Any]
C = TypeVar("C", bound=Context)


@dataclass(frozen=True)
class Kept:
    """The answer to a request, or to an earlier one, and the fingerprint of the one that it was given to."""

    answer: Answer
    fingerprint: str
    replayed: bool


def once(context: C, name: str, *, fingerprint: str, work: Callable[[C], Answer]) -> Kept:
    """What `work` answers, or once answered under that name; `Conflict` while a twin is at work.

    Whether the caller may do the work is for the caller to ask: an earlier answer is given without doing it.
    """
    context.store.make_expiring(context.database, RECORDS, field="at", seconds=KEPT_SECONDS)

    def attempt(bound: C) -> Kept:
        names = (bound.database, RECORDS)
        found = bound.store.all(*names, {"_id": name})
        if found:
            return Kept(found[0]["answer"], found[0]["fingerprint"], replayed=True)
        if not bound.store.claim(*names, {"_id": name, "fingerprint": fingerprint, "at": now()}):
            raise Conflict(_IN_FLIGHT, retry_after=1)
        answer = work(bound)
        bound.store.put(*names, {"_id": name, "fingerprint": fingerprint, "at": now(), "answer": answer})
        return Kept(answer, fingerprint, replayed=False)

    return context.in_transaction(attempt)
