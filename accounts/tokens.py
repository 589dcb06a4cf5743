"""JSON Web Tokens; the only module that knows which library makes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import jwt
from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token
from rest_framework_simplejwt.utils import datetime_from_epoch

from engine import Unauthenticated

# What no token needs, in bytes; a longer one is not looked into.
LONGEST = 8 * 1024
# What reading a text that somebody made up may raise besides the library's own errors.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
REFUSED = "Token is invalid or expired"


@dataclass(frozen=True)
class Access:
    """What an access token says: whose it is, of which session, and of which generation of the user."""

    user_id: int
    session: str
    generation: int


@dataclass(frozen=True)
class Refresh:
    """What a refresh token says: its session and its own id, until when."""

    session: str
    jti: str
    expires_at: datetime


def make_access(access: Access) -> str:
    token = AccessToken()
    token["user_id"], token["sid"], token["gen"] = access.user_id, access.session, access.generation
    return str(token)


def make_refresh(session: str) -> tuple[str, Refresh]:
    """A refresh token with an id of its own: the text, and what it says."""
    token = RefreshToken()
    token["sid"] = session
    return str(token), _refresh(token)


def read_access(text: str) -> Access:
    """Checks signature, algorithm, expiry, issuer, audience and type; raises `Unauthenticated`."""
    token = _read(AccessToken, text)
    return Access(user_id=token["user_id"], session=token["sid"], generation=token["gen"])


def read_refresh(text: str) -> Refresh:
    """Checks as `read_access` does; whether it is the session's current one is not known here."""
    return _refresh(_read(RefreshToken, text))


def is_foreign(text: str) -> bool:
    """Whether it says of itself that somebody else made it; checks nothing else. Raises for too long ones."""
    if len(text) > LONGEST:
        raise Unauthenticated(REFUSED)
    try:
        claims = jwt.decode(text, options={"verify_signature": False})
    except (jwt.PyJWTError, *UNREADABLE):
        return False
    return claims.get("iss") != settings.SIMPLE_JWT["ISSUER"]


def _read(kind: type[Token], text: str) -> Token:
    try:
        return kind(text)  # type: ignore[arg-type]
    except TokenError as problem:
        raise Unauthenticated(REFUSED) from problem


def _refresh(token: Token) -> Refresh:
    return Refresh(session=token["sid"], jti=token["jti"], expires_at=datetime_from_epoch(token["exp"]))
