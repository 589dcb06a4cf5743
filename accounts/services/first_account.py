"""Creation of an installation's administrator by the link that its first start prints."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password
from django.db import transaction

from accounts.after_commit import after_commit
from accounts.models import OneTimeToken, User
from accounts.services import one_time_tokens, principals
from accounts.services.passwords import hash_password
from accounts.services.people import make_user
from engine import Invalid

_REFUSED = "This link is invalid or has been used, or this installation already has an administrator."
_OTHER_PASSWORD = "This address has an account here; enter the password of that account."


def first_link_token() -> str | None:
    """Return a new token if the installation has no administrator, else None. Invalidates earlier tokens.

    Other accounts, such as those registered by the API, do not count.
    """
    return None if _has_administrator() else one_time_tokens.make_first()


def check_first(token: str) -> None:
    """Raise `Invalid` unless the token can create the administrator."""
    if _has_administrator() or not one_time_tokens.is_usable(token, purpose=OneTimeToken.Purpose.FIRST):
        raise Invalid(_REFUSED)


def register_first(token: str, *, email: str, password: str, first_name: str, last_name: str) -> int:
    """Return the id of the installation's administrator: a new account, or the one with this address and password.

    Of several concurrent callers one succeeds. Raises `Invalid`.
    """
    check_first(token)
    address = User.objects.normal(email)
    user = User.objects.filter(email=address).first()
    if user is not None and not check_password(password, user.password):
        raise Invalid.of_field("password", _OTHER_PASSWORD)
    stored = "" if user else hash_password(password)
    with transaction.atomic():
        one_time_tokens.consume(token, purpose=OneTimeToken.Purpose.FIRST)
        if user is not None:
            User.objects.filter(pk=user.pk).update(is_admin=True)
        else:
            user = make_user(address, stored=stored, first_name=first_name, last_name=last_name, is_admin=True)
            after_commit("send_verification", user.pk)
    principals.invalidate_all()
    return user.pk


def _has_administrator() -> bool:
    return User.objects.filter(is_admin=True).exists()
