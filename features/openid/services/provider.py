"""The configured provider: its discovery document and keys, and the only addresses that are requested for it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from django.conf import settings

from accounts.ttl_cache import TtlCache
from engine import Unavailable
from features.webhooks.outgoing import RawResponse, RequestFailed, resolve, send

_DOCUMENT = "/.well-known/openid-configuration"
_SECONDS = 10.0
_MAX_BYTES = 256 * 1024
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_UNUSABLE = "The identity provider did not answer as expected. Try again; the service's log has the reason."
log = logging.getLogger("datacube.openid")


@dataclass(frozen=True)
class OpenIdProvider:
    """What the discovery document says. `userinfo_endpoint` may be empty."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    auth_methods: tuple[str, ...]
    names_issuer: bool


_providers: TtlCache[OpenIdProvider] = TtlCache(seconds=600, size=10)
_keys: TtlCache[jwt.PyJWKSet] = TtlCache(seconds=600, size=10)
# Keys that were read because a token named an unknown one: at most once in this time.
_newest_keys: TtlCache[jwt.PyJWKSet] = TtlCache(seconds=30, size=10)


def is_configured() -> bool:
    """Return whether people can sign in with a provider."""
    return bool(settings.OPENID_ISSUER)


def read() -> OpenIdProvider:
    """Return the provider's discovery document, cached for ten minutes. Raises `Unavailable`."""
    provider = _providers.get(settings.OPENID_ISSUER, load=_discover)
    if provider is None:
        raise _failure("no discovery document")
    return provider


def key_of(provider: OpenIdProvider, key_id: str | None) -> jwt.PyJWK | None:
    """Return the provider's key with an id, or its only key; an unknown id reads the keys again."""
    for cache in (_keys, _newest_keys):
        keys = cache.get(provider.jwks_uri, load=lambda: _read_keys(provider))
        usable = [key for key in keys.keys if key.public_key_use in (None, "sig")] if keys else []
        matches = [key for key in usable if key.key_id == key_id] if key_id else usable
        if len(matches) == 1:
            return matches[0]
    return None


def request(url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Any:
    """Send a GET, or a POST with a body, to an address of the provider; return the JSON object of a 200.

    Only the origin of OPENID_ISSUER may be in a private network or without TLS: a discovery document cannot direct
    requests to other hosts inside. Raises `Unavailable`.
    """
    is_issuers = _origin(url) == _origin(settings.OPENID_ISSUER)
    if not is_issuers and not url.startswith("https://"):
        raise _failure("an address does not begin with https://")
    try:
        target = resolve(url, allow_private=is_issuers)
        method = "POST" if body else "GET"
        sent = {"Accept": "application/json", **(headers or {})}
        response = send(target, body, headers=sent, seconds=_SECONDS, method=method, max_bytes=_MAX_BYTES)
    except RequestFailed as error:
        raise _failure(str(error)) from error
    return _object(response)


def forget() -> None:
    """Clear what is cached of providers."""
    for cache in (_providers, _keys, _newest_keys):
        cache.clear()


def _object(response: RawResponse) -> dict[str, Any]:
    try:
        content = json.loads(response.content)
    except ValueError as error:
        raise _failure("a response is not JSON") from error
    if response.status != 200 or not isinstance(content, dict):
        raise _failure(f"a response with the status {response.status}")
    return content


def _failure(reason: str) -> Unavailable:
    """Return the error for visitors, and log the reason for the operator."""
    log.warning("the identity provider %s failed: %s", settings.OPENID_ISSUER, reason)
    return Unavailable(_UNUSABLE)


def _discover() -> OpenIdProvider:
    issuer = settings.OPENID_ISSUER
    document = request(issuer.rstrip("/") + _DOCUMENT)
    endpoints = {name: document.get(name) for name in _ENDPOINTS}
    if document.get("issuer") != issuer or not all(isinstance(url, str) for url in endpoints.values()):
        raise _failure("the discovery document has another issuer, or lacks an endpoint")
    methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return OpenIdProvider(
        issuer=issuer,
        userinfo_endpoint=str(document.get("userinfo_endpoint") or ""),
        auth_methods=tuple(str(method) for method in methods),
        names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        **endpoints,
    )


def _read_keys(provider: OpenIdProvider) -> jwt.PyJWKSet:
    try:
        return jwt.PyJWKSet.from_dict(request(provider.jwks_uri))
    except jwt.PyJWTError as error:
        raise _failure("its keys cannot be read") from error


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
