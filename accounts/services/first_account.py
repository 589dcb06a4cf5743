"""The account that runs an installation, which is made or named with a link that its start prints."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password
from django.db import transaction

from accounts.after_commit import after_commit
from accounts.models import OneTimeToken, User
from accounts.services import one_time_tokens, principals
from accounts.services.passwords import hashed
from accounts.services.people import make_user
from engine import Invalid

TAKEN = "This link is invalid or was used, or somebody runs this installation already."
_OTHER_PASSWORD = "This address has an account here; enter the password of that account."


def first_link_token() -> str | None:
    """Return a new token as long as nobody runs the installation, else None. Voids those made before.

    Accounts that were registered in other ways, such as the API, do not matter.
    """
    return None if _has_administrator() else one_time_tokens.make_first()


def check_first(token: str) -> None:
    """Raise `Invalid` unless the token can still make the account that runs the installation."""
    if _has_administrator() or not one_time_tokens.is_usable(token, purpose=OneTimeToken.Purpose.FIRST):
        raise Invalid(TAKEN)


def register_first(token: str, *, email: str, password: str, first_name: str, last_name: str) -> int:
    """Return the id of the installation's administrator: a new account, or the one with this address and password.

    Of several callers at once one succeeds. Raises `Invalid`.
    """
    check_first(token)
    address = User.objects.normal(email)
    user = User.objects.filter(email=address).first()
    if user is not None and not check_password(password, user.password):
        raise Invalid.of_field("password", _OTHER_PASSWORD)
    stored = "" if user else hashed(password)
    with transaction.atomic():
        one_time_tokens.consume(token, purpose=OneTimeToken.Purpose.FIRST)
        if user is not None:
            User.objects.filter(pk=user.pk).update(is_admin=True)
        else:
            user = make_user(address, stored=stored, first_name=first_name, last_name=last_name, is_admin=True)
            after_commit("send_verification", user.pk)
    principals.forget_all()
    return user.pk


def _has_administrator() -> bool:
    return User.objects.filter(is_admin=True).exists()
