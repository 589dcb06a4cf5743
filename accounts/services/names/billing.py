"""The subscription of a team, as the payment provider tells it."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Team
from engine import Conflict, NotFound
from engine.errors import FieldError, invalid

_MAX_TEXT = 254
_UNKNOWN = "No team has this subscription, and none has the name that the event gives."
_SEVERAL = "Several teams have the name that the event gives."
_ANOTHER = "The team has another subscription."


def set_subscription(subscription_id: int, *, team: str, plan: str, email: str) -> None:
    """Set the subscription, the plan and the address of the team that has the subscription, or of `team`, a name.

    Raises `NotFound`, `Conflict` where several teams have the name or the team has another subscription, and
    `Invalid`.
    """
    errors = [
        FieldError(name, f"Must have at most {_MAX_TEXT} characters without NUL.")
        for name, text in (("subscription_plan_id", plan), ("email", email))
        if len(text) > _MAX_TEXT or "\0" in text
    ]
    if errors:
        raise invalid(errors, unit="event")
    with transaction.atomic():
        row = _with_subscription(subscription_id) or _named(team)
        present = (row.billing or {}).get("subscription_id")
        if present not in (None, subscription_id):
            raise Conflict(_ANOTHER)
        row.billing = {"plan": plan or None, "subscription_id": subscription_id, "email_address": email or None}
        row.save(update_fields=["billing"])


def end_subscription(subscription_id: int) -> None:
    """Remove a subscription and its plan from the team that has it, if one has."""
    with transaction.atomic():
        row = _with_subscription(subscription_id)
        if row is not None:
            row.billing = {**(row.billing or {}), "plan": None, "subscription_id": None}
            row.save(update_fields=["billing"])


def _with_subscription(subscription_id: int) -> Team | None:
    return Team.objects.select_for_update().filter(billing__subscription_id=subscription_id).first()


def _named(name: str) -> Team:
    rows = list(Team.objects.select_for_update().filter(name=name.replace("\0", ""))[:2])
    if not rows:
        raise NotFound(_UNKNOWN)
    if len(rows) > 1:
        raise Conflict(_SEVERAL)
    return rows[0]
