"""Usernames: unique names of people, in lower case, which never contain `@`."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from accounts.models import OneTimeToken, User
from engine import Conflict, Invalid, NotFound

MAX_LENGTH = 64
# Names that are parts of addresses.
RESERVED = frozenset({"invite", "reset-password"})
NOT_FOUND = "User not found."
TAKEN = "This username is taken."
_FORM = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
_REFUSED = "Use letters, digits and `.`, `_` or `-` between them: 1 to 64 characters."
_RESERVATION = timedelta(days=90)
_MAX_TRIES = 20


def normal(username: str) -> str:
    """Return the stored form of a username. Raises `Invalid`."""
    name = username.strip().lower()
    if len(name) > MAX_LENGTH or not _FORM.fullmatch(name) or name in RESERVED:
        raise Invalid.of_field("username", _REFUSED)
    return name


def candidates(email: str) -> Iterator[str]:
    """Yield usernames for an address: its local part, then the same with random digits."""
    local = re.sub(r"[^a-z0-9._-]+", "-", email.partition("@")[0].lower()).strip("._-")[: MAX_LENGTH - 8]
    base = local.strip("._-") or "user"
    if base not in RESERVED and is_free(base):
        yield base
    for _ in range(_MAX_TRIES):
        yield f"{base}-{secrets.randbelow(10**6):06d}"


def is_free(username: str) -> bool:
    """Return whether nobody has a username, and no reservation of it is in force."""
    reserved = OneTimeToken.objects.filter(digest=_digest(username), expires_at__gt=timezone.now())
    return not User.objects.filter(username=username).exists() and not reserved.exists()


def check_free(username: str) -> None:
    """Raise `Conflict` if a username is taken."""
    if not is_free(username):
        raise Conflict(TAKEN)


def reserve(username: str) -> None:
    """Make a username unavailable without a user.

    A registration of a known address changes nothing, but must look like one of an unknown address.
    """
    OneTimeToken.objects.update_or_create(
        digest=_digest(username),
        defaults={"purpose": OneTimeToken.Purpose.NAME, "expires_at": timezone.now() + _RESERVATION},
    )


def user_of(login: str) -> User | None:
    """Return the user of a username or an e-mail address, or None. Accepts any text."""
    if "@" in login or "\0" in login:
        return User.objects.by_email(login)
    return User.objects.filter(username=login.strip().lower()).first()


def account_of(login: str) -> str:
    """Return the address of a username, or the text itself, so that limits count one account once."""
    user = user_of(login)
    return login if user is None else user.email


def id_of(username: str) -> int:
    """Return the id of the active user with a username. Raises `NotFound`."""
    user = None if "@" in username else user_of(username)
    if user is None or not user.is_active:
        raise NotFound(NOT_FOUND)
    return user.pk


def _digest(username: str) -> str:
    return hashlib.sha256(f"username:{username}".encode()).hexdigest()
