"""Signing in with the provider: the address to open, what comes back, and the account that it belongs to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

import accounts.services
from accounts.services.auditing.entries import audit_person
from engine import Forbidden, Invalid, Unavailable
from features.openid.models import OpenIdIdentity
from features.openid.services import provider as providers
from features.openid.services import tokens
from features.openid.services.tokens import OpenIdClaims

CALLBACK = "/dashboard/login/openid/callback"
_LOST = "This sign-in was not started in this browser, or has been completed. Start it again."
_DENIED = "The identity provider did not sign you in."
_UNVERIFIED = "The identity provider has not verified your e-mail address. Verify it there, then try again."
_NO_ACCOUNT = "No account here has the address {}. Ask an administrator of this installation to invite you."
_INACTIVE = "This account is deactivated."


@dataclass(frozen=True)
class PendingSignIn:
    """The secrets of a sign-in under way, which the browser's session stores until the provider sends it back."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    next_page: str = ""

    def stored(self) -> dict[str, str]:
        """Return the form that a session stores."""
        return asdict(self)


def begin(*, next_page: str) -> tuple[str, PendingSignIn]:
    """Return the provider's address to open, and what to store for `complete`. Raises `Unavailable`."""
    provider = providers.read()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    pending = PendingSignIn(state, nonce, verifier, next_page)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(pending.verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code",
        "client_id": settings.OPENID_CLIENT_ID,
        "redirect_uri": _redirect_uri(),
        "scope": settings.OPENID_SCOPES,
        "state": pending.state,
        "nonce": pending.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(provider.authorization_endpoint).query else "?"
    return f"{provider.authorization_endpoint}{joint}{urlencode(query)}", pending


def complete(pending: Mapping[str, str] | None, *, params: Mapping[str, str]) -> int:
    """Return the id of the user that the provider has signed in.

    Raises `Invalid` for another or a replayed state, `Forbidden` without a verified address, an account or a valid
    token, and `Unavailable`.
    """
    started = PendingSignIn(**pending) if pending else None
    state = params.get("state", "")
    if started is None or not hmac.compare_digest(started.state.encode(), state.encode()):
        raise Invalid(_LOST)
    provider = providers.read()
    if params.get("iss", None if provider.names_issuer else provider.issuer) != provider.issuer:
        raise Forbidden(tokens.REFUSED)
    if not params.get("code"):
        raise Forbidden(_DENIED)
    claims = tokens.exchange(
        provider,
        code=params["code"],
        verifier=started.verifier,
        nonce=started.nonce,
        redirect_uri=_redirect_uri(),
    )
    return user_of(claims)


def user_of(claims: OpenIdClaims) -> int:
    """Return the id of the account of an identity, which is linked, and created if OPENID_CREATE_ACCOUNTS.

    Raises `Forbidden`.
    """
    row = OpenIdIdentity.objects.filter(issuer=claims.issuer, subject=claims.subject).first()
    user_id = _link(claims) if row is None else row.user_id
    if not accounts.services.people.is_active(user_id):
        raise Forbidden(_INACTIVE)
    return user_id


def _link(claims: OpenIdClaims) -> int:
    if not _is_address(claims.email):
        raise Forbidden(_UNVERIFIED)
    try:
        with transaction.atomic():
            user_id = accounts.services.people.user_of_verified_email(
                claims.email,
                first_name=claims.first_name,
                last_name=claims.last_name,
                create=settings.OPENID_CREATE_ACCOUNTS,
            )
            if user_id is None:
                raise Forbidden(_NO_ACCOUNT.format(claims.email))
            identity = {"issuer": claims.issuer, "subject": claims.subject}
            OpenIdIdentity.objects.create(user_id=user_id, **identity)
            audit_person("openid.link", user_id, issuer=claims.issuer)
    except IntegrityError as error:
        raise Unavailable("The account was just created by another request. Try again.", retry_after=1) from error
    return user_id


def _is_address(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True


def _redirect_uri() -> str:
    return f"{settings.BASE_URL}{CALLBACK}"
