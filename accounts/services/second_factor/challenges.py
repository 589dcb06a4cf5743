"""Challenges: what a right password gives while a second factor is needed. A challenge and a code sign in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from accounts import tokens
from accounts.models import User
from accounts.services.auditing.refusals import report_refusal
from accounts.services.second_factor import verification
from engine import Unauthenticated

CODE = "second_factor_required"
REQUIRED = "Enter the code of your authenticator app."


@dataclass(frozen=True)
class Challenge:
    """A request for the code of the second factor. `token` is sent back with the code."""

    token: str = field(repr=False)


def challenge_for(user: User) -> Challenge | None:
    """Return a challenge for a user who gave the right password; None without a second factor."""
    if not verification.is_enabled(user.pk):
        return None
    return Challenge(tokens.make_challenge(tokens.ChallengeClaims(user.pk, _password_hash(user))))


def subject(token: str) -> str:
    """Return whose attempts a challenge counts for; a new password counts from zero. Raises `Unauthenticated`."""
    claims = tokens.read_challenge(token)
    return f"{claims.user_id}:{claims.password_hash}"


def is_current(token: str) -> bool:
    """Return whether a challenge has not expired."""
    try:
        tokens.read_challenge(token)
    except Unauthenticated:
        return False
    return True


def answer(token: str, *, code: str) -> User:
    """Return the user of a challenge and the code of the second factor, which is consumed.

    Raises `Unauthenticated`, also if the password has been changed since. Callers count the attempts.
    """
    claims = tokens.read_challenge(token)
    user = User.objects.filter(pk=claims.user_id, is_active=True).first()
    if user is None or _password_hash(user) != claims.password_hash:
        raise Unauthenticated(tokens.REFUSED)
    if not verification.accepts(user.pk, code):
        report_refusal(user.pk, kind="code")
        raise Unauthenticated(verification.REFUSED)
    return user


def _password_hash(user: User) -> str:
    return hashlib.sha256(user.get_session_auth_hash().encode()).hexdigest()[:32]
