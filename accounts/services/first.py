"""The first account of an installation, which is made with a link that its start prints."""

from __future__ import annotations

from django.db import transaction

from accounts.models import OneTimeToken, User
from accounts.outbox import after_commit
from accounts.services import one_time
from accounts.services.passwords import hashed
from accounts.services.people import make_user
from engine import Invalid

TAKEN = "This link is invalid, was used, or came too late: the installation has an account already."


def first_link_token() -> str | None:
    """A new token for as long as nobody has an account, else None; those made before become void."""
    return None if User.objects.exists() else one_time.make_first()


def check_first(token: str) -> None:
    """Raises `Invalid` unless the token still makes the first account."""
    if User.objects.exists() or not one_time.is_usable(token, purpose=OneTimeToken.Purpose.FIRST):
        raise Invalid(TAKEN)


def register_first(token: str, *, email: str, password: str, first_name: str, last_name: str) -> int:
    """The installation's administrator; of many callers at once one succeeds. Raises `Invalid`."""
    stored = hashed(password)
    check_first(token)
    with transaction.atomic():
        one_time.consume(token, purpose=OneTimeToken.Purpose.FIRST)
        address = User.objects.normal(email)
        user = make_user(address, stored=stored, first_name=first_name, last_name=last_name, is_admin=True)
        after_commit("send_verification", user.pk)
    return user.pk
