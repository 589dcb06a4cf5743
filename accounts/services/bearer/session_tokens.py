"""Session tokens: opaque texts that stand for a session, of which only the SHA-256 is stored."""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Session
from accounts.principal import PersonPrincipal
from accounts.services import known_clients, principals, sessions
from accounts.services.auditing.entries import audit_person
from accounts.services.known_clients import UNKNOWN, SignInClient
from accounts.services.second_factor import challenges
from accounts.services.second_factor.challenges import Challenge
from accounts.ttl_cache import TtlCache
from engine import Unauthenticated

LENGTH = 32  # base62: 190 random bits
_ALPHABET = string.digits + string.ascii_letters
_FORM = re.compile(rf"[0-9A-Za-z]{{{LENGTH}}}")
_AGENT = "API client with a session token"
_NEEDS_CODE = "This account has two-step sign-in: use a session token or an API token instead of the password."
_REFUSED = "The session token is invalid, or its session has ended."
# Ids of sessions by digest, which never change; whether a session is alive is looked up by its id.
_sessions: TtlCache[str] = TtlCache(seconds=settings.CACHE_SECONDS)


@dataclass(frozen=True)
class SignIn:
    """A new session. `token` is not stored."""

    principal: PersonPrincipal
    token: str = field(repr=False)


def log_in(login: str, *, password: str, client: SignInClient = UNKNOWN) -> SignIn | Challenge:
    """Start a session of SESSION_TOKEN_DAYS for a username or an e-mail address, or return a challenge.

    Raises `Unauthenticated`, which takes the same time for an unknown user.
    """
    outcome = sessions.authenticate(login, password=password)
    return outcome if isinstance(outcome, Challenge) else _begin(outcome, client)


def log_in_with_code(challenge: str, *, code: str, client: SignInClient = UNKNOWN) -> SignIn:
    """Start a session with the token of a challenge and the code of the second factor.

    Raises `Unauthenticated`.
    """
    return _begin(challenges.answer(challenge, code=code).pk, client)


def authenticate(login: str, *, password: str) -> PersonPrincipal:
    """Return the principal of a username or an e-mail address and a password, without a session.

    Raises `Unauthenticated`, also for an account with a second factor.
    """
    outcome = sessions.authenticate(login, password=password)
    if isinstance(outcome, Challenge):
        raise Unauthenticated(_NEEDS_CODE)
    return principals.principal_of_user(outcome)


def is_session_token(text: str) -> bool:
    """Return whether a text has the form of a session token."""
    return _FORM.fullmatch(text) is not None


def principal_of(text: str) -> PersonPrincipal:
    """Return the principal of a session token with a live session. Raises `Unauthenticated`."""
    digest = _digest(text)
    session_id = _sessions.get(digest, load=partial(_load, digest)) if is_session_token(text) else None
    principal = None if session_id is None else principals.principal_of_live_session(session_id)
    if principal is None:
        raise Unauthenticated(_REFUSED)
    return principal


def _begin(user_id: int, client: SignInClient) -> SignIn:
    token = "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
    until = timezone.now() + timedelta(days=settings.SESSION_TOKEN_DAYS)
    place = {"agent": _AGENT, "address": client.address}
    with transaction.atomic():
        Session.objects.create(user_id=user_id, digest=_digest(token), expires_at=until, **place)
        audit_person("session.create", user_id, kind="session token")
    known_clients.remember(user_id, SignInClient(_AGENT, client.address))
    return SignIn(principal_of(token), token)


def _load(digest: str) -> str | None:
    session = Session.objects.filter(digest=digest).only("id").first()
    return None if session is None else session.id.hex


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
