"""Verification of codes: each code of an authenticator app, and each recovery code, is accepted once."""

from __future__ import annotations

import hashlib
import hmac
import re
import time

import pyotp

from accounts.models import RecoveryCode, SecondFactor
from accounts.security.encryption import Cipher

STEP_SECONDS = 30
# Steps before and after the present one whose codes are accepted, as clocks differ.
_TOLERANCE = 1
_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)
SECRETS = Cipher("datacube second factors 1")
REFUSED = "This code is not valid, or has been used. Enter the newest code of your authenticator app."


def is_enabled(user_id: int) -> bool:
    """Return whether signing in to an account needs a code."""
    return SecondFactor.objects.filter(user=user_id, confirmed_at__isnull=False).exists()


def accepts(user_id: int, code: str) -> bool:
    """Return whether a code of the app, or a recovery code, is valid for a confirmed factor. Consumes it."""
    factor = SecondFactor.objects.filter(user=user_id, confirmed_at__isnull=False).first()
    if factor is None:
        return False
    return consume_step(factor, code) or _consume_recovery_code(user_id, code)


def consume_step(factor: SecondFactor, code: str) -> bool:
    """Return whether a code of the app is valid now. Of concurrent callers one succeeds."""
    digits = re.sub(r"\s", "", code)
    secret = SECRETS.decrypt(factor.secret)
    step = _step_of(secret, digits) if secret and _DIGITS.fullmatch(digits) else None
    if step is None:
        return False
    return bool(SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step))


def digest(code: str) -> str:
    """Return the stored form of a recovery code, in which case, spaces and hyphens do not matter.

    A code has 80 random bits, and needs no slow hash.
    """
    return hashlib.sha256(re.sub(r"[\s-]", "", code).lower().encode(errors="replace")).hexdigest()


def _consume_recovery_code(user_id: int, code: str) -> bool:
    return bool(RecoveryCode.objects.filter(user=user_id, digest=digest(code)).delete()[0])


def _step_of(secret: str, digits: str) -> int | None:
    """Return the time step, close to the present one, whose code this is."""
    generator, now = pyotp.TOTP(secret, interval=STEP_SECONDS), int(time.time()) // STEP_SECONDS
    steps = range(now + _TOLERANCE, now - _TOLERANCE - 1, -1)
    return next((step for step in steps if hmac.compare_digest(generator.generate_otp(step), digits)), None)
