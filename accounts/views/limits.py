"""Limits of guessing codes of second factors, and the error that asks for one; shared with other surfaces."""

from __future__ import annotations

from django.conf import settings

from accounts.principal import PersonPrincipal
from accounts.services.second_factor import challenges
from engine import Unauthenticated
from web import throttling


def code_required(challenge: challenges.Challenge) -> Unauthenticated:
    """Return the error that asks for a code, with `code` and `challenge` in its details."""
    error = Unauthenticated(challenges.REQUIRED)
    error.details = {"code": challenges.CODE, "challenge": challenge.token}
    return error


def count_code_attempt(challenge: str) -> None:
    """Count a code for the account of a challenge. Raises `LimitExceeded`, and `Unauthenticated`."""
    _count(challenges.subject(challenge))


def count_own_code_attempt(principal: PersonPrincipal) -> None:
    """Count a code of a signed-in user. Raises `LimitExceeded`."""
    _count(str(principal.user_id))


def _count(subject: str) -> None:
    limit, window = settings.SECOND_FACTOR_ATTEMPTS, settings.SECOND_FACTOR_WINDOW_SECONDS
    throttling.consume("second-factor:account", subject, limit=limit, window=window)
