"""The limits of a team: set by the operator, and checked for its keys."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction

from accounts.models import ApiKey, Team, User
from accounts.restrictions.limits import CAPPED, DEFAULTS, quota_reached, team_limit
from accounts.services import principals
from audit import services as audit
from engine import FieldError, Forbidden, Invalid, NotFound, TooLarge

MAX_LIMIT = 2**53


def own_limits(team_id: int) -> Mapping[str, int]:
    """Return the limits that were set for a team; empty also for a team that does not exist."""
    limits: Mapping[str, int] | None = Team.objects.filter(pk=team_id).values_list("limits", flat=True).first()
    return limits or {}


def set_limits(team_id: int, changes: Mapping[str, int | None]) -> Mapping[str, int]:
    """Set limits of a team, None to the default, and return all that are set. They apply within CACHE_SECONDS.

    Raises `Invalid` with every error and `NotFound`.
    """
    errors = [FieldError(name, text) for name, value in changes.items() if (text := _error(name, value))]
    if errors:
        raise Invalid("; ".join(f"{error.field}: {error.message}" for error in errors), errors=errors)
    with transaction.atomic():
        team = Team.objects.select_for_update().filter(pk=team_id).first()
        if team is None:
            raise NotFound(f"There is no team with the id {team_id}.")
        merged = {**team.limits, **changes}
        limits = {name: value for name, value in merged.items() if value is not None}
        team.limits = limits
        team.save(update_fields=["limits"])
        if changes:
            audit.record("team.limits", actor="operator", team=team_id, **limits)
    principals.invalidate_all()
    return limits


def count_keys(team_id: int) -> int:
    """Return the number of a team's active keys."""
    return ApiKey.objects.filter(team=team_id, revoked_at=None).count()


def find_team(text: str) -> int:
    """Return the id of a team by its id, or by the e-mail address of the person whose own it is.

    Raises `NotFound`.
    """
    teams = Team.objects.filter(anonymous=False)
    if text.isascii() and text.isdigit():
        team = teams.filter(pk=int(text[:18])).first()
    else:
        user = User.objects.by_email(text)
        team = teams.filter(personal=True, memberships__user=user, memberships__role="owner").first()
    if team is None:
        raise NotFound(f"There is no team with the id or the person {text!r}.")
    return team.pk


def check_room_for_key(team_id: int) -> None:
    """Lock the team's row, so that concurrent creations cannot exceed its limit.

    Raises `Forbidden` at the quota that is set for the team, and `TooLarge` at MAX_KEYS.
    """
    own = Team.objects.select_for_update().get(pk=team_id).limits
    used, limit = count_keys(team_id), team_limit(own, "keys") or 0
    if used < limit:
        return
    if "keys" in own:
        raise Forbidden(quota_reached("keys", used=used, limit=limit))
    raise TooLarge(f"The team has {used} keys; the limit is {limit} (MAX_KEYS).")


def _error(name: str, value: int | None) -> str:
    if name not in DEFAULTS:
        return f"Unknown limit. Use one of: {', '.join(DEFAULTS)}."
    if value is None:
        return ""
    highest = getattr(settings, DEFAULTS[name]) if name in CAPPED else MAX_LIMIT
    return "" if 0 <= value <= highest else f"Must be from 0 to {highest}."
