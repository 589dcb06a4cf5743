"""The mails that accounts send; called from tasks, which try again when the mail server does not answer."""

from __future__ import annotations

from django.conf import settings

from accounts import mail
from accounts.models import OneTimeToken, User
from accounts.services import one_time

RESET_REQUEST = "/core/password-reset/request"


def send_verification(user_id: int) -> None:
    """Nothing to send when the user is gone or the address is verified by now."""
    user = _active(user_id)
    if user is None or user.email_verified_at is not None:
        return
    token = one_time.make(user, purpose=OneTimeToken.Purpose.VERIFY)
    address = mail.link(f"/core/verify-email/{token}")
    mail.send(user.email, template="verify_email", link=address, hours=settings.VERIFY_EMAIL_HOURS)


def send_already_registered(user_id: int) -> None:
    user = _active(user_id)
    if user is not None:
        mail.send(user.email, template="already_registered", link=mail.link(RESET_REQUEST))


def send_password_reset(user_id: int) -> None:
    user = _active(user_id)
    if user is None:
        return
    token = one_time.make(user, purpose=OneTimeToken.Purpose.RESET)
    address = mail.link(f"/core/password-reset/confirm/{token}")
    mail.send(user.email, template="password_reset", link=address, minutes=settings.PASSWORD_RESET_MINUTES)


def send_password_changed(user_id: int) -> None:
    user = _active(user_id)
    if user is not None:
        mail.send(user.email, template="password_changed", link=mail.link(RESET_REQUEST))


def _active(user_id: int) -> User | None:
    return User.objects.filter(pk=user_id, is_active=True).first()
