"""Passwords: how they are stored, and how a forgotten one is replaced."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.after_commit import after_commit
from accounts.models import ApiKey, OneTimeToken, Session, User
from accounts.principal import Principal
from accounts.services import one_time_tokens, principals
from engine import FieldError, Invalid

NOBODY = 0


def hashed(password: str) -> str:
    """What is stored of a new password; raises `Invalid` with every reason why it is too weak."""
    try:
        validate_password(password)
    except ValidationError as problem:
        faults = [FieldError("password", message) for message in problem.messages]
        raise Invalid(faults[0].message, errors=faults) from problem
    return make_password(password)


def change_password(principal: Principal, *, current: str, password: str) -> None:
    """Sets a new password and ends every other session; raises `Invalid` at `current` or `password`."""
    check_own_password(principal, current, field="current")
    stored = hashed(password)
    with transaction.atomic():
        User.objects.filter(pk=principal.user_id).update(password=stored)
        others = Session.objects.filter(user=principal.user_id, revoked_at=None).exclude(id=principal.session)
        others.update(revoked_at=timezone.now())
        after_commit("send_password_changed", principal.user_id)
    principals.forget_all()


def check_own_password(principal: Principal, password: str, *, field: str) -> None:
    """For what a borrowed browser must not do; raises `Invalid`."""
    user = User.objects.get(pk=principal.user_id)
    if not check_password(password, user.password):
        raise Invalid.of_field(field, "This is not your password.")


def request_password_reset(email: str) -> None:
    """Mails a link to set a new password; an unknown address costs the same and gets nothing."""
    user = User.objects.by_email(email)
    after_commit("send_password_reset", NOBODY if user is None else user.pk)


def confirm_password_reset(token: str, *, password: str) -> None:
    """Sets the password and ends every session; raises `Invalid` for a bad token or a weak password.

    The mail proves the address. Keys that were made before anybody had proved it are revoked: whoever
    registered somebody else's address first must not keep a way in.
    """
    user = one_time_tokens.owner(token, purpose=OneTimeToken.Purpose.RESET)
    stored = hashed(password)
    now = timezone.now()
    with transaction.atomic():
        one_time_tokens.consume(token, purpose=OneTimeToken.Purpose.RESET)
        one_time_tokens.discard(user.pk, purpose=OneTimeToken.Purpose.RESET)
        if User.objects.filter(pk=user.pk, email_verified_at=None).update(email_verified_at=now):
            ApiKey.objects.filter(created_by=user, revoked_at=None).update(revoked_at=now)
        User.objects.filter(pk=user.pk).update(password=stored, generation=F("generation") + 1)
        Session.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
        after_commit("send_password_changed", user.pk)
    principals.forget_all()
