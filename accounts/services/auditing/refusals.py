"""Records refused sign-ins, with a cap for each account, so that nobody fills the audit log by guessing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.after_commit import after_commit
from accounts.services.auditing.entries import audit_person
from audit import services as audit
from audit.origin import Origin, origin
from engine.request import request_id

ACTION = "session.refuse"
NO_USER = 0
# Who signs in is not known: that is why it is refused.
_UNKNOWN = "unknown"
_PERIOD = timedelta(hours=1)


def report_refusal(user_id: int, *, kind: str) -> None:
    """Queue the record of a refused sign-in; NO_USER for an address or name without an account.

    It is not added by the request, which must take the same time for accounts that exist and for others.
    """
    after_commit("record_refused_sign_in", user_id, kind, origin.get().address())


def record_refusal(user_id: int, kind: str, address: str) -> None:
    """Add the entry, unless the account has MAX_AUDITED_REFUSALS of the last hour, or all have the total.

    The last one has `detail.limited`. All names without an account count as one, and are not recorded.
    """
    subject = f"u{user_id}" if user_id else ""
    own, total = audit.count_since(ACTION, timezone.now() - _PERIOD, target=subject)
    if own >= settings.MAX_AUDITED_REFUSALS or total >= settings.MAX_AUDITED_REFUSALS_TOTAL:
        return
    is_last = own + 1 == settings.MAX_AUDITED_REFUSALS or total + 1 == settings.MAX_AUDITED_REFUSALS_TOTAL
    detail: dict[str, Any] = {"kind": kind, **({"limited": True} if is_last else {})}
    token = origin.set(Origin(request_id.get(), lambda: address))
    try:
        if user_id:
            audit_person(ACTION, user_id, actor=_UNKNOWN, target=subject, **detail)
        else:
            audit.record(ACTION, actor=_UNKNOWN, team=None, **detail)
    finally:
        origin.reset(token)
