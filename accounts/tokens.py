"""JSON Web Tokens of this service: the only module that uses the token library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import datetime_from_epoch

from engine import Unauthenticated

# Bytes; longer tokens are not decoded.
MAX_LENGTH = 8 * 1024
# Exceptions that decoding an arbitrary text may raise besides the library's own.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
REFUSED = "Token is invalid or expired"


@dataclass(frozen=True)
class AccessClaims:
    """Claims of an access token: user, session, and the user's generation."""

    user_id: int
    session: str
    generation: int


@dataclass(frozen=True)
class Refresh:
    """Claims of a refresh token: session, token id and expiry."""

    session: str
    jti: str
    expires_at: datetime


@dataclass(frozen=True)
class ChallengeClaims:
    """Claims of a challenge: the user who gave the right password, and a hash that a new password changes."""

    user_id: int
    password_hash: str


class ChallengeToken(Token):
    """The type of a challenge, which is valid for SECOND_FACTOR_MINUTES and gives no access by itself."""

    token_type = "challenge"
    lifetime = timedelta(minutes=settings.SECOND_FACTOR_MINUTES)


def make_access(access: AccessClaims) -> str:
    """Sign an access token."""
    token = AccessToken()
    token["user_id"], token["sid"], token["gen"] = access.user_id, access.session, access.generation
    return str(token)


def make_refresh(session: str) -> tuple[str, Refresh]:
    """Sign a refresh token with a new id; return its text and claims."""
    token = RefreshToken()
    token["sid"] = session
    return str(token), _refresh(token)


def read_access(text: str) -> AccessClaims:
    """Verify signature, algorithm, expiry, issuer, audience and type. Raises `Unauthenticated`."""
    token = _read(AccessToken, text)
    return AccessClaims(user_id=token["user_id"], session=token["sid"], generation=token["gen"])


def read_refresh(text: str) -> Refresh:
    """Verify as `read_access` does. Does not check that it is the session's current token."""
    return _refresh(_read(RefreshToken, text))


def make_challenge(claims: ChallengeClaims) -> str:
    """Sign a challenge, to be sent back with the code of the second factor."""
    token = ChallengeToken()
    token["user_id"], token["pwd"] = claims.user_id, claims.password_hash
    return str(token)


def read_challenge(text: str) -> ChallengeClaims:
    """Verify as `read_access` does. Does not check that the password is still the user's."""
    token = _read(ChallengeToken, text)
    return ChallengeClaims(user_id=token["user_id"], password_hash=token["pwd"])


def is_foreign(text: str) -> bool:
    """Return whether a token names another issuer. Verifies nothing; raises `Unauthenticated` if too long."""
    if len(text) > MAX_LENGTH:
        raise Unauthenticated(REFUSED)
    try:
        claims = jwt.decode(text, options={"verify_signature": False})
    except (jwt.PyJWTError, *UNREADABLE):
        return False
    return bool(claims.get("iss") != settings.SIMPLE_JWT["ISSUER"])


def _read(kind: Callable[[Any], Token], text: str) -> Token:
    try:
        return kind(text)
    except TokenError as error:
        raise Unauthenticated(REFUSED) from error


def _refresh(token: Token) -> Refresh:
    return Refresh(session=token["sid"], jti=token["jti"], expires_at=datetime_from_epoch(token["exp"]))
