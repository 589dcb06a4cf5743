"""The id of the request that this code works for; MongoDB shows it as the comment of a command."""

from collections.abc import Iterable
from contextvars import ContextVar

MAX_JOINED = 4
request_id: ContextVar[str] = ContextVar("request_id", default="")


def join_ids(ids: Iterable[str]) -> str:
    """Return the id of work that serves several requests: the first ids, and how many more there are.

    Such as `a1b2c3d4,b2c3d4e5`, or with more than MAX_JOINED `…,+7`.
    """
    distinct = [*dict.fromkeys(filter(None, ids))]
    rest = len(distinct) - MAX_JOINED
    return ",".join([*distinct[:MAX_JOINED], *([f"+{rest}"] if rest > 0 else [])])
