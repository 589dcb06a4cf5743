"""Passwords: hashing, changing and resetting."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.after_commit import after_commit
from accounts.models import ApiKey, OneTimeToken, RecoveryCode, SecondFactor, Session, User
from accounts.principal import PersonPrincipal
from accounts.services import known_clients, one_time_tokens, principals
from accounts.services.auditing.entries import audit_person
from accounts.services.known_clients import UNKNOWN, SignInClient
from engine import FieldError, Invalid

_NO_USER = 0


def hash_password(password: str) -> str:
    """Validate and hash a new password. Raises `Invalid` with every reason why it is too weak."""
    try:
        validate_password(password)
    except ValidationError as error:
        errors = [FieldError("password", message) for message in error.messages]
        raise Invalid(errors[0].message, errors=errors) from error
    return make_password(password)


def change_password(principal: PersonPrincipal, *, current: str, password: str) -> None:
    """Set a new password and end all other sessions. Raises `Invalid` for `current` or `password`."""
    check_own_password(principal, current, field="current")
    stored = hash_password(password)
    with transaction.atomic():
        User.objects.filter(pk=principal.user_id).update(password=stored)
        others = Session.objects.filter(user=principal.user_id, revoked_at=None).exclude(id=principal.session)
        others.update(revoked_at=timezone.now())
        audit_person("password.change", principal.user_id, kind="change")
        after_commit("send_password_changed", principal.user_id)
    principals.invalidate_all()


def set_password(user_id: int, password: str) -> None:
    """Set a user's password and end all sessions, for the operator of the installation.

    Raises `Invalid` for a weak password.
    """
    stored = hash_password(password)
    with transaction.atomic():
        User.objects.filter(pk=user_id).update(password=stored, generation=F("generation") + 1)
        Session.objects.filter(user=user_id, revoked_at=None).update(revoked_at=timezone.now())
        audit_person("password.change", user_id, actor="operator", kind="set")
        after_commit("send_password_changed", user_id)
    principals.invalidate_all()


def check_own_password(principal: PersonPrincipal, password: str, *, field: str) -> None:
    """Raise `Invalid` unless the password is the user's. Protects sensitive changes in an open browser."""
    user = User.objects.get(pk=principal.user_id)
    if not check_password(password, user.password):
        raise Invalid.of_field(field, "This is not your password.")


def request_password_reset(email: str) -> None:
    """Queue a mail with a reset link. An unknown address takes the same time and gets no mail."""
    user = User.objects.by_email(email)
    after_commit("send_password_reset", _NO_USER if user is None else user.pk)


def confirm_password_reset(token: str, *, password: str, client: SignInClient = UNKNOWN) -> None:
    """Set the password and end all sessions. Raises `Invalid` for a bad token or a weak password.

    The mail proves whose account it is, so that the client is known from now on.

    The mail verifies the address. If it was unverified, the account's keys and its second factor are removed: a
    stranger who registered the address must neither keep access nor keep its owner out.
    """
    user = one_time_tokens.owner(token, purpose=OneTimeToken.Purpose.RESET)
    stored = hash_password(password)
    now = timezone.now()
    with transaction.atomic():
        one_time_tokens.consume(token, purpose=OneTimeToken.Purpose.RESET)
        one_time_tokens.discard(user.pk, purpose=OneTimeToken.Purpose.RESET)
        if User.objects.filter(pk=user.pk, email_verified_at=None).update(email_verified_at=now):
            revoke_unproved(user.pk)
        User.objects.filter(pk=user.pk).update(password=stored, generation=F("generation") + 1)
        Session.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
        known_clients.remember(user.pk, client)
        audit_person("password.change", user.pk, kind="reset")
        after_commit("send_password_changed", user.pk)
    principals.invalidate_all()


def revoke_unproved(user_id: int) -> None:
    """End the sessions of an account, revoke its keys and remove its second factor, in a transaction.

    For an account whose address its owner has just proved to have, after somebody else may have registered it.
    """
    now = timezone.now()
    ApiKey.objects.filter(created_by=user_id, revoked_at=None).update(revoked_at=now)
    Session.objects.filter(user=user_id, revoked_at=None).update(revoked_at=now)
    SecondFactor.objects.filter(user=user_id).delete()
    RecoveryCode.objects.filter(user=user_id).delete()
    audit_person("user.reclaim", user_id)
