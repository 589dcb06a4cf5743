"""Enrolment: a user adds an authenticator app to the account, confirms it, and removes it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.after_commit import after_commit
from accounts.models import RecoveryCode, SecondFactor, User
from accounts.principal import PersonPrincipal
from accounts.services.auditing.entries import audit_person
from accounts.services.passwords import check_own_password
from accounts.services.second_factor.verification import REFUSED, SECRETS, accepts, consume_step, digest
from engine import Conflict, Invalid

RECOVERY_CODES = 10
# Without letters and digits that are easily confused; 5 bits each.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 4
_ENABLED = "Two-step sign-in is enabled already; disable it first."
_DISABLED = "Two-step sign-in is not enabled."


@dataclass(frozen=True)
class Enrolment:
    """A secret to be confirmed: as text, and as the `otpauth://` address that apps read from a QR code."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True)
class FactorStatus:
    """State of a user's second factor. `enabled_at` is None while it is not enabled."""

    enabled_at: datetime | None = None
    recovery_codes_left: int = 0


def status(principal: PersonPrincipal) -> FactorStatus:
    """Return the state of the user's second factor."""
    factor = SecondFactor.objects.filter(user=principal.user_id, confirmed_at__isnull=False).first()
    if factor is None:
        return FactorStatus()
    return FactorStatus(factor.confirmed_at, RecoveryCode.objects.filter(user=principal.user_id).count())


def enrol(principal: PersonPrincipal, *, password: str) -> Enrolment:
    """Store a new secret, which `confirm` puts into force; it replaces an unconfirmed one.

    Raises `Invalid` for another password, and `Conflict` if the second factor is enabled.
    """
    check_own_password(principal, password, field="password")
    secret = pyotp.random_base32()
    with transaction.atomic():
        SecondFactor.objects.filter(user=principal.user_id, confirmed_at=None).delete()
        stored = {"secret": SECRETS.encrypt(secret)}
        _, is_new = SecondFactor.objects.get_or_create(user_id=principal.user_id, defaults=stored)
    if not is_new:
        raise Conflict(_ENABLED)
    return _enrolment(principal, secret)


def pending(principal: PersonPrincipal) -> Enrolment | None:
    """Return the secret that waits for its confirmation, if any."""
    factor = SecondFactor.objects.filter(user=principal.user_id, confirmed_at=None).first()
    secret = SECRETS.decrypt(factor.secret) if factor else None
    return _enrolment(principal, secret) if secret else None


def confirm(principal: PersonPrincipal, *, code: str) -> tuple[str, ...]:
    """Enable the second factor by a code of the app, and return the recovery codes, which are shown once.

    Raises `Invalid` for a wrong code, and `Conflict` without an enrolment.
    """
    factor = SecondFactor.objects.filter(user=principal.user_id, confirmed_at=None).first()
    if factor is None:
        raise Conflict("There is nothing to confirm: enrol first.")
    if not consume_step(factor, code):
        raise Invalid.of_field("code", REFUSED)
    with transaction.atomic():
        unconfirmed = SecondFactor.objects.filter(pk=factor.pk, confirmed_at=None)
        if not unconfirmed.update(confirmed_at=timezone.now()):
            raise Conflict(_ENABLED)
        codes = _new_recovery_codes(principal.user_id)
        audit_person("second_factor.enable", principal.user_id)
        after_commit("send_second_factor_enabled", principal.user_id)
    return codes


def renew_recovery_codes(principal: PersonPrincipal, *, password: str, code: str) -> tuple[str, ...]:
    """Replace all recovery codes and return the new ones. Raises `Invalid`, and `Conflict` if not enabled."""
    _check_both(principal, password=password, code=code)
    with transaction.atomic():
        audit_person("second_factor.renew", principal.user_id)
        return _new_recovery_codes(principal.user_id)


def disable(principal: PersonPrincipal, *, password: str, code: str) -> None:
    """Remove the second factor and its recovery codes. Raises `Invalid`, and `Conflict` if not enabled."""
    _check_both(principal, password=password, code=code)
    remove(principal.user_id)


def remove_by_email(email: str) -> bool:
    """Remove the second factor of an account without a code, for an operator; return whether there was one."""
    user = User.objects.by_email(email)
    return user is not None and remove(user.pk, actor="operator")


def remove(user_id: int, *, actor: str = "") -> bool:
    """Remove a user's second factor without a code; return whether there was one. `actor` as in `audit_person`."""
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user_id).delete()
        removed = bool(SecondFactor.objects.filter(user=user_id, confirmed_at__isnull=False).delete()[0])
        if removed:
            audit_person("second_factor.disable", user_id, actor=actor)
            after_commit("send_second_factor_disabled", user_id)
    return removed


def _check_both(principal: PersonPrincipal, *, password: str, code: str) -> None:
    """Raise unless both factors are right. The code is not consumed by a wrong password."""
    if status(principal).enabled_at is None:
        raise Conflict(_DISABLED)
    check_own_password(principal, password, field="password")
    if not accepts(principal.user_id, code):
        raise Invalid.of_field("code", REFUSED)


def _enrolment(principal: PersonPrincipal, secret: str) -> Enrolment:
    host = urlsplit(settings.BASE_URL).hostname or ""
    uri = pyotp.TOTP(secret).provisioning_uri(name=principal.email, issuer_name=f"DataCube ({host})")
    return Enrolment(secret, uri)


def _new_recovery_codes(user_id: int) -> tuple[str, ...]:
    codes = tuple(_random_code() for _ in range(RECOVERY_CODES))
    RecoveryCode.objects.filter(user=user_id).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user_id=user_id, digest=digest(code)) for code in codes)
    return codes


def _random_code() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
