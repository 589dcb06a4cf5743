"""The exchange of an authorization code for tokens, and the verification of the id token."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from django.conf import settings

from engine import Forbidden
from features.openid.services import provider as providers
from features.openid.services.provider import OpenIdProvider

# Signatures by keys that the provider alone has.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LEEWAY_SECONDS = 30
_FORM = "application/x-www-form-urlencoded"
REFUSED = "The identity provider's token is not valid for this sign-in. Try again."


@dataclass(frozen=True)
class OpenIdClaims:
    """What the provider says about a user. `email` is empty unless the provider has verified it."""

    issuer: str
    subject: str
    email: str
    first_name: str
    last_name: str


@dataclass(frozen=True)
class _TokenResponse:
    id_token: str = field(repr=False)
    access_token: str = field(repr=False)


def exchange(provider: OpenIdProvider, *, code: str, verifier: str, nonce: str, redirect_uri: str) -> OpenIdClaims:
    """Return the claims of the user of an authorization code.

    Raises `Forbidden` if the id token is not valid for this client and this sign-in, and `Unavailable`.
    """
    response = _request_tokens(provider, code=code, verifier=verifier, redirect_uri=redirect_uri)
    claims = _verified(provider, response.id_token, nonce=nonce)
    if "email" not in claims and provider.userinfo_endpoint and response.access_token:
        claims = {**_userinfo(provider, response.access_token, subject=claims["sub"]), **claims}
    return _read(provider, claims)


def _request_tokens(provider: OpenIdProvider, *, code: str, verifier: str, redirect_uri: str) -> _TokenResponse:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": settings.OPENID_CLIENT_ID,
        "code_verifier": verifier,
    }
    headers = {"Content-Type": _FORM}
    if settings.OPENID_CLIENT_SECRET and "client_secret_basic" in provider.auth_methods:
        pair = f"{quote(settings.OPENID_CLIENT_ID, safe='')}:{quote(settings.OPENID_CLIENT_SECRET, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    elif settings.OPENID_CLIENT_SECRET:
        form["client_secret"] = settings.OPENID_CLIENT_SECRET
    content = providers.request(provider.token_endpoint, body=urlencode(form).encode(), headers=headers)
    return _TokenResponse(str(content.get("id_token") or ""), str(content.get("access_token") or ""))


def _verified(provider: OpenIdProvider, token: str, *, nonce: str) -> Mapping[str, Any]:
    """Return the claims of an id token after every check of OpenID Connect Core, 3.1.3.7."""
    try:
        header = jwt.get_unverified_header(token)
        key = providers.key_of(provider, header.get("kid"))
        if key is None or header.get("alg") not in _ALGORITHMS:
            raise Forbidden(REFUSED)
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[header["alg"]],
            audience=settings.OPENID_CLIENT_ID,
            issuer=provider.issuer,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise Forbidden(REFUSED) from error
    sent = claims.get("nonce")
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), nonce.encode()):
        raise Forbidden(REFUSED)
    is_for_others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if is_for_others else settings.OPENID_CLIENT_ID) != settings.OPENID_CLIENT_ID:
        raise Forbidden(REFUSED)
    return claims


def _userinfo(provider: OpenIdProvider, access_token: str, *, subject: str) -> Mapping[str, Any]:
    headers = {"Authorization": f"Bearer {access_token}"}
    content: Mapping[str, Any] = providers.request(provider.userinfo_endpoint, headers=headers)
    if content.get("sub") != subject:
        raise Forbidden(REFUSED)
    return content


def _read(provider: OpenIdProvider, claims: Mapping[str, Any]) -> OpenIdClaims:
    subject = claims["sub"]
    if not 1 <= len(subject) <= 255 or "\0" in subject:
        raise Forbidden(REFUSED)
    verified = claims.get("email_verified")  # some providers send it as text
    is_verified = verified is True or verified == "true"
    return OpenIdClaims(
        issuer=provider.issuer,
        subject=subject,
        email=_text(claims.get("email"), 254) if is_verified else "",
        first_name=_text(claims.get("given_name") or claims.get("name"), 100),
        last_name=_text(claims.get("family_name"), 100),
    )


def _text(value: Any, length: int) -> str:
    """Return a claim as one line of text, cut at `length`; empty for other values."""
    return " ".join(value.replace("\0", " ").split())[:length] if isinstance(value, str) else ""
