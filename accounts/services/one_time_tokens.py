"""Single-use tokens: random texts, of which only the SHA-256 is stored."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Invitation, OneTimeToken, Session, User
from accounts.security.session_store import SessionStore
from engine import Invalid

REFUSED = "This link is invalid or has expired."
_RETENTION = timedelta(days=1)
_FIRST_LIFETIME = timedelta(days=365)


def make(user: User, *, purpose: str) -> str:
    """Create a token and return its text, which is not stored."""
    token = secrets.token_urlsafe(32)
    OneTimeToken.objects.create(
        digest=_digest(token), purpose=purpose, user=user, expires_at=timezone.now() + _lifetime(purpose)
    )
    return token


def make_first() -> str:
    """Create the token of an installation's administrator and return its text. Deletes earlier unused ones."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        OneTimeToken.objects.filter(purpose=OneTimeToken.Purpose.FIRST, used_at=None).delete()
        OneTimeToken.objects.create(
            digest=_digest(token), purpose=OneTimeToken.Purpose.FIRST, expires_at=timezone.now() + _FIRST_LIFETIME
        )
    return token


def is_usable(token: str, *, purpose: str) -> bool:
    """Return whether a token of this purpose is unused and has not expired."""
    return _usable(token, purpose).exists()


def owner(token: str, *, purpose: str) -> User:
    """Return the active user of a usable token without consuming it. Raises `Invalid`."""
    row = _usable(token, purpose).select_related("user").first()
    if row is None or row.user is None or not row.user.is_active:
        raise Invalid(REFUSED)
    return row.user


def consume(token: str, *, purpose: str) -> int | None:
    """Consume a token and return its user's id. Of concurrent callers one succeeds; others get `Invalid`."""
    if not _usable(token, purpose).update(used_at=timezone.now()):
        raise Invalid(REFUSED)
    return OneTimeToken.objects.values_list("user_id", flat=True).get(digest=_digest(token))


def discard(user_id: int, *, purpose: str) -> None:
    """Invalidate the user's other tokens of this purpose."""
    unused = OneTimeToken.objects.filter(user_id=user_id, purpose=purpose, used_at=None)
    unused.update(used_at=timezone.now())


def forget_expired() -> None:
    """Delete tokens, sessions and invitations that expired or were used more than a day ago."""
    before = timezone.now() - _RETENTION
    OneTimeToken.objects.filter(Q(expires_at__lt=before) | Q(used_at__lt=before)).delete()
    Session.objects.filter(expires_at__lt=before).delete()
    Invitation.objects.filter(Q(expires_at__lt=before) | Q(accepted_at__lt=before)).delete()
    SessionStore.clear_expired()  # sessions of browser cookies


def _usable(token: str, purpose: str) -> QuerySet[OneTimeToken]:
    return OneTimeToken.objects.filter(
        digest=_digest(token), purpose=purpose, used_at=None, expires_at__gt=timezone.now()
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _lifetime(purpose: str) -> timedelta:
    if purpose == OneTimeToken.Purpose.VERIFY:
        return timedelta(hours=settings.VERIFY_EMAIL_HOURS)
    return timedelta(minutes=settings.PASSWORD_RESET_MINUTES)
