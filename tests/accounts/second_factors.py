"""Authenticator apps of the tests."""

from __future__ import annotations

import time

import pyotp

from accounts.models import SecondFactor
from accounts.services.second_factor import enrolment
from accounts.services.second_factor.verification import SECRETS, STEP_SECONDS


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return the code of an app; `steps` later than now, of which the service accepts one."""
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // STEP_SECONDS + steps)


def app_code(user_id: int, *, steps: int = 0) -> str:
    """Return the code of a user's app, as `code_of`."""
    return code_of(SECRETS.decrypt(SecondFactor.objects.get(user=user_id).secret), steps=steps)


def wrong_code(user_id: int) -> str:
    """Return six digits that are not a code of the next or the last minutes."""
    valid = {app_code(user_id, steps=steps) for steps in range(-5, 6)}
    return next(code for number in range(20) if (code := f"{number:06d}") not in valid)


def forget_steps(user_id: int) -> None:
    """Let the app's present code be used again, as if a minute had passed."""
    SecondFactor.objects.filter(user=user_id).update(last_step=0)


def enable(principal, password: str) -> tuple[str, ...]:
    """Enable a user's second factor and return the recovery codes; the present code is not used up."""
    secret = enrolment.enrol(principal, password=password).secret
    codes = enrolment.confirm(principal, code=code_of(secret))
    forget_steps(principal.user_id)
    return codes
