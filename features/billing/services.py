"""Applies the events of subscriptions in Paddle Classic to the billing of teams, each one once."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

import engine
from accounts.services.names.billing import end_subscription, set_subscription
from engine.errors import invalid
from features.billing.models import PaddleEvent
from features.billing.signature import is_signed

_SET = ("subscription_created", "subscription_updated")
_END = "subscription_cancelled"
_TEAM = "airsequel_team_name"
_MAX_DIGITS = 18
_MAX_LENGTH = 50
_NO_KEY = "PADDLE_PUBLIC_KEY is not a public RSA key in PEM."
_REFUSED = "The signature or the key is wrong."


@dataclass(frozen=True)
class _Event:
    id: str
    name: str
    at: datetime
    subscription_id: int | None
    plan: str
    email: str
    team: str


def is_enabled() -> bool:
    """Return whether the installation receives events."""
    return bool(settings.PADDLE_PUBLIC_KEY)


def receive(fields: Mapping[str, str], *, key: str) -> None:
    """Apply an event, unless it was applied before or a later one of its subscription was.

    Raises `Forbidden` for a wrong signature or key, `Invalid` for fields that are missing or wrong, `NotFound` for
    an unknown team, and `Conflict` where a team has another subscription.
    """
    if not _is_signed(fields):
        raise engine.Forbidden(_REFUSED)
    is_key = hmac.compare_digest(key.encode(), settings.PADDLE_KEY.encode())
    if not is_key:
        raise engine.Forbidden(_REFUSED)
    event = _parsed(fields)
    with transaction.atomic():
        _, is_new = PaddleEvent.objects.get_or_create(
            alert_id=event.id,
            defaults={"name": event.name, "subscription_id": event.subscription_id, "event_at": event.at},
        )
        if is_new and not _is_outdated(event):
            _apply(event)


def _is_signed(fields: Mapping[str, str]) -> bool:
    try:
        return is_signed(fields, public_key=settings.PADDLE_PUBLIC_KEY)
    except (TypeError, ValueError) as error:
        raise engine.Unavailable(_NO_KEY) from error


def _apply(event: _Event) -> None:
    if event.subscription_id is None:
        return
    if event.name in _SET:
        set_subscription(event.subscription_id, team=event.team, plan=event.plan, email=event.email)
    elif event.name == _END:
        end_subscription(event.subscription_id)


def _is_outdated(event: _Event) -> bool:
    """Return whether a later event of the subscription was applied: the provider does not keep their order."""
    later = PaddleEvent.objects.filter(
        subscription_id=event.subscription_id, event_at__gt=event.at, name__in=[*_SET, _END]
    )
    return event.subscription_id is not None and later.exists()


def _parsed(fields: Mapping[str, str]) -> _Event:
    """Return the event of fields. Raises `Invalid` with every error."""
    errors = [
        engine.FieldError(name, f"Must have 1 to {_MAX_LENGTH} characters without NUL.")
        for name in ("alert_id", "alert_name", "event_time")
        if not 1 <= len(fields.get(name, "")) <= _MAX_LENGTH or "\0" in fields[name]
    ]
    at, subscription = _time(fields.get("event_time", "")), fields.get("subscription_id", "")
    is_about_subscription = fields.get("alert_name") in (*_SET, _END)
    if at is None and not errors:
        errors.append(engine.FieldError("event_time", "Must be a time such as 2023-08-06 15:33:25."))
    is_number = subscription.isascii() and subscription.isdecimal() and len(subscription) <= _MAX_DIGITS
    if is_about_subscription and not is_number:
        errors.append(engine.FieldError("subscription_id", f"Must be a number of at most {_MAX_DIGITS} digits."))
    if errors or at is None:
        raise invalid(errors, unit="event")
    return _Event(
        id=fields["alert_id"],
        name=fields["alert_name"],
        at=at,
        subscription_id=int(subscription) if is_number else None,
        plan=fields.get("subscription_plan_id", ""),
        email=fields.get("email", ""),
        team=_team(fields),
    )


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _team(fields: Mapping[str, str]) -> str:
    """Return the team that the checkout names, in the JSON of `custom_data` or `passthrough`; empty without one."""
    for name in ("custom_data", "passthrough"):
        try:
            data: Any = json.loads(fields.get(name, ""))
        except (ValueError, RecursionError):
            continue
        if isinstance(data, dict) and isinstance(data.get(_TEAM), str):
            return str(data[_TEAM])
    return ""
