"""Logging in, rotating refresh tokens, logging out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from accounts import tokens
from accounts.models import Session, User
from accounts.principal import Principal
from accounts.services import principals
from engine import Unauthenticated


@dataclass(frozen=True)
class Tokens:
    """A pair that belongs to one session."""

    refresh: str = field(repr=False)
    access: str = field(repr=False)


def log_in(email: str, *, password: str) -> Tokens:
    """Begins a session; raises `Unauthenticated`, after the same work whatever was wrong."""
    user = User.objects.by_email(email)
    if user is None:
        make_password(password)
        raise Unauthenticated("Invalid credentials")
    if not check_password(password, user.password) or not user.is_active:
        raise Unauthenticated("Invalid credentials")
    session_id = uuid.uuid4()
    text, made = tokens.make_refresh(session_id.hex)
    Session.objects.create(id=session_id, user=user, current_jti=made.jti, expires_at=made.expires_at)
    return Tokens(refresh=text, access=_access(user, session_id.hex))


def refresh(token: str) -> Tokens:
    """Exchanges a refresh token for a new pair; raises `Unauthenticated`.

    A token that was exchanged before was stolen, from us or by us: its whole session ends.
    """
    old = tokens.read_refresh(token)
    text, new = tokens.make_refresh(old.session)
    now = timezone.now()
    # No join: it would become a subselect, which PostgreSQL does not check again after waiting for the row.
    live = Session.objects.filter(id=old.session, current_jti=old.jti, revoked_at=None, expires_at__gt=now)
    rotated = live.update(current_jti=new.jti, expires_at=new.expires_at, last_used_at=now)
    user = User.objects.filter(sessions__id=old.session, is_active=True).first()
    if not rotated or user is None:
        _revoke(old.session)
        raise Unauthenticated(tokens.REFUSED)
    return Tokens(refresh=text, access=_access(user, old.session))


def log_out(refresh_token: str | None = None, *, principal: Principal | None = None) -> None:
    """Ends the session of a refresh token or, without one, the principal's; raises `Unauthenticated`."""
    if refresh_token is not None:
        _revoke(tokens.read_refresh(refresh_token).session)
    elif principal is not None and principal.session is not None:
        _revoke(principal.session)
    else:
        raise Unauthenticated("There is no session to end: send the refresh token, or its access token.")


def _revoke(session: str) -> None:
    Session.objects.filter(id=session, revoked_at=None).update(revoked_at=timezone.now())
    principals.forget_session(session)


def _access(user: User, session: str) -> str:
    return tokens.make_access(tokens.Access(user_id=user.pk, session=session, generation=user.generation))
