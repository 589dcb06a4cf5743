"""The network address of the current request, for code that does not receive the request."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# The peer's address, and the header X-Forwarded-For.
_caller: ContextVar[tuple[str, str]] = ContextVar("caller", default=("", ""))


def note_caller(peer: str, forwarded_for: str) -> None:
    """Set the caller of the current context."""
    _caller.set((peer, forwarded_for))


def caller_of(scope: Mapping[str, Any]) -> tuple[str, str]:
    """Return the arguments of `note_caller` for an ASGI scope."""
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    return (scope.get("client") or ("",))[0], forwarded.decode("latin-1")


def caller_address() -> Address | None:
    """Return the exact address of the current request's caller, or None outside a request."""
    return exact_address(*_caller.get())


def exact_address(peer: str, forwarded_for: str) -> Address | None:
    """Return the caller's address behind TRUSTED_PROXIES proxies, each of which appends one to X-Forwarded-For.

    Entries further left come from the caller and are ignored. None if there is no valid address.
    """
    forwarded = [part.strip() for part in forwarded_for.split(",")]
    if 0 < settings.TRUSTED_PROXIES <= len(forwarded):
        return _parse(forwarded[-settings.TRUSTED_PROXIES]) or _parse(peer)
    return _parse(peer)


def _parse(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
