"""Sessions: log in, rotate refresh tokens, log out; sessions of browsers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from accounts import tokens
from accounts.models import Session, User
from accounts.principal import AccountPrincipal, PersonPrincipal
from accounts.services import known_clients, principals
from accounts.services.auditing.entries import audit_person
from accounts.services.auditing.refusals import NO_USER, report_refusal
from accounts.services.known_clients import UNKNOWN, SignInClient
from accounts.services.names import usernames
from accounts.services.second_factor import challenges
from accounts.services.second_factor.challenges import Challenge
from engine import NotFound, Unauthenticated

NOT_FOUND = "Session not found."


@dataclass(frozen=True)
class Tokens:
    """A pair of tokens of one session."""

    refresh: str = field(repr=False)
    access: str = field(repr=False)


@dataclass(frozen=True)
class LogIn:
    """A session as its owner sees it. `agent` is empty for a session with tokens; `address` is where it began."""

    id: str
    agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    current: bool


def log_in(email: str, *, password: str, client: SignInClient = UNKNOWN) -> Tokens | Challenge:
    """Start a session, or return a challenge if the account has a second factor.

    Raises `Unauthenticated`, which takes the same time for an unknown user.
    """
    user = _authenticate(User.objects.by_email(email), password)
    return challenges.challenge_for(user) or _begin(user, client)


def log_in_with_code(challenge: str, *, code: str, client: SignInClient = UNKNOWN) -> Tokens:
    """Start a session with the token of a challenge and the code of the second factor.

    Raises `Unauthenticated`.
    """
    return _begin(challenges.answer(challenge, code=code), client)


def open_browser(email: str, *, password: str, client: SignInClient) -> str | Challenge:
    """Start a browser's session and return its id, which is a secret; or return a challenge, as `log_in`."""
    return open_browser_of(_authenticate(User.objects.by_email(email), password).pk, client=client)


def open_browser_of(user_id: int, *, client: SignInClient) -> str | Challenge:
    """Start a browser's session of a user whose first factor was checked, or return a challenge."""
    return challenges.challenge_for(User.objects.get(pk=user_id)) or begin_browser(user_id, client=client)


def open_browser_with_code(challenge: str, *, code: str, client: SignInClient) -> str:
    """Start a browser's session with the token of a challenge and a code. Raises `Unauthenticated`."""
    return begin_browser(challenges.answer(challenge, code=code).pk, client=client)


def begin_browser(user_id: int, *, client: SignInClient) -> str:
    """Start a browser's session for a user who was authenticated in another way, and return its id."""
    until = timezone.now() + timedelta(days=settings.REFRESH_TOKEN_DAYS)
    place = {"agent": client.agent[:60], "address": client.address}
    with transaction.atomic():
        session = Session.objects.create(user_id=user_id, expires_at=until, **place)
        audit_person("session.create", user_id, kind="browser")
    known_clients.remember(user_id, client)
    return session.id.hex


def list_sessions(principal: PersonPrincipal) -> list[LogIn]:
    """List the user's live sessions, the last used first."""
    live = Session.objects.filter(user=principal.user_id, revoked_at=None, expires_at__gt=timezone.now())
    return [
        LogIn(
            id=row.id.hex,
            agent=row.agent,
            address=row.address,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            current=row.id.hex == principal.session,
        )
        for row in live.order_by("-last_used_at")
    ]


def revoke_session(principal: PersonPrincipal, *, session_id: str) -> None:
    """End one of the user's own sessions. Raises `NotFound` for any other."""
    try:
        parsed = uuid.UUID(hex=session_id)
    except ValueError as error:
        raise NotFound(NOT_FOUND) from error
    if not Session.objects.filter(id=parsed, user=principal.user_id, revoked_at=None).exists():
        raise NotFound(NOT_FOUND)
    _revoke(parsed.hex)


def revoke_other_sessions(principal: PersonPrincipal) -> int:
    """End all of the user's sessions except the current one, and return their number."""
    others = Session.objects.filter(user=principal.user_id, revoked_at=None).exclude(id=principal.session)
    ended = others.update(revoked_at=timezone.now())
    principals.invalidate_all()
    return ended


def refresh(token: str) -> Tokens:
    """Exchange a refresh token for a new pair. Raises `Unauthenticated`.

    A replayed token ends its whole session, as one of its two senders has stolen it.
    """
    old = tokens.read_refresh(token)
    text, new = tokens.make_refresh(old.session)
    now = timezone.now()
    # No join: it would become a subselect, which PostgreSQL does not re-evaluate after waiting for the row.
    live = Session.objects.filter(id=old.session, current_jti=old.jti, revoked_at=None, expires_at__gt=now)
    rotated = live.update(current_jti=new.jti, expires_at=new.expires_at, last_used_at=now)
    user = User.objects.filter(sessions__id=old.session, is_active=True).first()
    if not rotated or user is None:
        _revoke(old.session)
        raise Unauthenticated(tokens.REFUSED)
    return Tokens(refresh=text, access=_access(user, old.session))


def log_out(refresh_token: str | None = None, *, principal: AccountPrincipal | None = None) -> None:
    """End the session of a refresh token or, without one, of the principal.

    Raises `Unauthenticated`, also for a key, which has no session.
    """
    if refresh_token is not None:
        _revoke(tokens.read_refresh(refresh_token).session)
    elif isinstance(principal, PersonPrincipal):
        _revoke(principal.session)
    else:
        raise Unauthenticated("No session to end: send the refresh token, or an access token.")


def authenticate(login: str, *, password: str) -> int | Challenge:
    """Return the id of the user with a username or e-mail address and a password, or a challenge, as `log_in`.

    Raises `Unauthenticated`, which takes the same time for an unknown user.
    """
    user = _authenticate(usernames.user_of(login), password)
    return challenges.challenge_for(user) or user.pk


def _authenticate(user: User | None, password: str) -> User:
    if user is None:
        make_password(password)
        report_refusal(NO_USER, kind="password")
        raise Unauthenticated("Invalid credentials")

    def rehash(raw: str) -> None:
        previous, user.password = user.password, make_password(raw)
        User.objects.filter(pk=user.pk, password=previous).update(password=user.password)

    if not check_password(password, user.password, rehash) or not user.is_active:
        report_refusal(user.pk, kind="password")
        raise Unauthenticated("Invalid credentials")
    return user


def _begin(user: User, client: SignInClient) -> Tokens:
    session_id = uuid.uuid4()
    text, refresh_token = tokens.make_refresh(session_id.hex)
    with transaction.atomic():
        Session.objects.create(
            id=session_id,
            user=user,
            current_jti=refresh_token.jti,
            expires_at=refresh_token.expires_at,
            address=client.address,
        )
        audit_person("session.create", user.pk, kind="token")
    known_clients.remember(user.pk, client)
    return Tokens(refresh=text, access=_access(user, session_id.hex))


def _revoke(session: str) -> None:
    Session.objects.filter(id=session, revoked_at=None).update(revoked_at=timezone.now())
    principals.invalidate_session(session)


def _access(user: User, session: str) -> str:
    return tokens.make_access(tokens.AccessClaims(user_id=user.pk, session=session, generation=user.generation))
