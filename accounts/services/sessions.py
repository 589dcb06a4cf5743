"""Logging in, rotating refresh tokens, browsers' sessions, logging out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.utils import timezone

from accounts import tokens
from accounts.models import Session, User
from accounts.principal import Principal
from accounts.services import principals
from engine import NotFound, Unauthenticated


@dataclass(frozen=True)
class Tokens:
    """A pair that belongs to one session."""

    refresh: str = field(repr=False)
    access: str = field(repr=False)


@dataclass(frozen=True)
class LogIn:
    """A session as its owner sees it; `agent` is empty for a program with tokens."""

    id: str
    agent: str
    created_at: datetime
    last_used_at: datetime
    current: bool


def log_in(email: str, *, password: str) -> Tokens:
    """Begins a session; raises `Unauthenticated`, after the same work whatever was wrong."""
    user = _known(email, password)
    session_id = uuid.uuid4()
    text, made = tokens.make_refresh(session_id.hex)
    Session.objects.create(id=session_id, user=user, current_jti=made.jti, expires_at=made.expires_at)
    return Tokens(refresh=text, access=_access(user, session_id.hex))


def open_browser(email: str, *, password: str, agent: str) -> str:
    """Begins a browser's session and answers its id, which is as good as the password: raises as `log_in`."""
    return begin_browser(_known(email, password).pk, agent=agent)


def begin_browser(user_id: int, *, agent: str) -> str:
    """A session for somebody who has just proved who they are in another way."""
    until = timezone.now() + timedelta(days=settings.REFRESH_TOKEN_DAYS)
    return Session.objects.create(user_id=user_id, agent=agent[:60], expires_at=until).id.hex


def list_sessions(principal: Principal) -> list[LogIn]:
    """Where the person is logged in, the one last used first."""
    live = Session.objects.filter(user=principal.user_id, revoked_at=None, expires_at__gt=timezone.now())
    return [
        LogIn(
            id=row.id.hex,
            agent=row.agent,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            current=row.id.hex == principal.session,
        )
        for row in live.order_by("-last_used_at")
    ]


def revoke_session(principal: Principal, *, session_id: str) -> None:
    """Ends one of the person's own sessions; raises `NotFound` for any other."""
    try:
        wanted = uuid.UUID(hex=session_id)
    except ValueError as problem:
        raise NotFound("There is no such session.") from problem
    if not Session.objects.filter(id=wanted, user=principal.user_id, revoked_at=None).exists():
        raise NotFound("There is no such session.")
    _revoke(wanted.hex)


def revoke_other_sessions(principal: Principal) -> int:
    """Ends all of the person's sessions but the one that asks; answers how many."""
    others = Session.objects.filter(user=principal.user_id, revoked_at=None).exclude(id=principal.session)
    ended = others.update(revoked_at=timezone.now())
    principals.forget_all()
    return ended


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


def _known(email: str, password: str) -> User:
    user = User.objects.by_email(email)
    if user is None:
        make_password(password)
        raise Unauthenticated("Invalid credentials")
    if not check_password(password, user.password) or not user.is_active:
        raise Unauthenticated("Invalid credentials")
    return user


def _revoke(session: str) -> None:
    Session.objects.filter(id=session, revoked_at=None).update(revoked_at=timezone.now())
    principals.forget_session(session)


def _access(user: User, session: str) -> str:
    return tokens.make_access(tokens.Access(user_id=user.pk, session=session, generation=user.generation))
