"""Refuses requests above the limits of their key and team, and reports the limits in headers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.principal import Principal, ScopedPrincipal
from accounts.restrictions.limits import ends
from accounts.restrictions.networks import check_caller
from engine import LimitExceeded
from features.usage.leases import Leases, Standing
from features.usage.services import by_caller

# In the WSGI environment, which a request keeps that begins again in a thread.
_STANDINGS = "datacube.limits"
_SECOND = timedelta(seconds=1)
leases = Leases(by_caller.count_since)


def admit(request: HttpRequest, principal: Principal) -> None:
    """Count a request of an authenticated caller. Raises `LimitExceeded` above a limit of its key or team."""
    if getattr(principal, "request_limits", ()) and _STANDINGS not in request.META:
        standings = request.META[_STANDINGS] = []
        _count(principal, standings)


def admit_stream(principal: Principal) -> None:
    """Count a subscription to a stream as a request. Raises `LimitExceeded`, and `Forbidden` for the address.

    Subscribers with the same key share an authorization, which has checked the address of the first.
    """
    if isinstance(principal, ScopedPrincipal):
        check_caller(principal.networks)
    _count(principal, [])


def add_headers(request: HttpRequest, response: HttpResponseBase, milliseconds: float) -> None:
    """Set `RateLimit` and `RateLimit-Policy`, as in the IETF's draft; an observer of requests.

    A response to a request without limits has neither.
    """
    standings: list[Standing] = request.META.get(_STANDINGS, [])
    if not standings:
        return
    now = datetime.now(UTC)
    policies = [f'"{it.limit.name}";q={it.limit.limit};w={_seconds(it)}' for it in standings]
    limits = [f'"{it.limit.name}";r={it.remaining};t={max(0, ceil(_left(it, now)))}' for it in standings]
    response.headers["RateLimit-Policy"] = ", ".join(policies)
    response.headers["RateLimit"] = ", ".join(limits)


def _count(principal: Principal, standings: list[Standing]) -> None:
    taken: list[Any] = []
    for limit in principal.request_limits:
        is_allowed, standing = leases.take(limit)
        standings.append(standing)
        if not is_allowed:
            for earlier in taken:
                leases.give_back(earlier)
            raise _refusal(standing)
        taken.append(limit)


def _refusal(standing: Standing) -> LimitExceeded:
    limit = standing.limit
    text = (
        f"Limit `{limit.name}` reached: {limit.describe()}, and {standing.used} are used. It ends at "
        f"{ends(standing.ends_at)}."
    )
    return LimitExceeded(text, retry_after=max(1, ceil(_left(standing, datetime.now(UTC)))))


def _left(standing: Standing, now: datetime) -> float:
    return (standing.ends_at - now).total_seconds()


def _seconds(standing: Standing) -> int:
    """Return the length of the window; of a month, that of the present one."""
    start, end = standing.limit.window.bounds(standing.ends_at - _SECOND)
    return int((end - start).total_seconds())
