"""Limits of signing in and of codes of second factors, shared by all surfaces; the error that asks for a code."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from accounts.principal import PersonPrincipal
from accounts.services import known_clients
from accounts.services.known_clients import SignInClient
from accounts.services.second_factor import challenges
from engine import Unauthenticated
from web import throttling


def count_address(name: str, request: HttpRequest) -> None:
    """Count a request of a route by its network address. Raises `LimitExceeded`."""
    _consume(name, "address", throttling.client_address(request), limit=settings.SIGN_IN_LIMIT_ADDRESS)


def count_account(name: str, request: HttpRequest, email: str) -> None:
    """Count a request of a route for an account, whether or not it exists. Raises `LimitExceeded`.

    An address at which the account has signed in has a count of its own, so that the requests of others do not lock
    its owner out; all other addresses share one.
    """
    account, address = email.strip().lower(), throttling.client_address(request)
    is_known = known_clients.is_known_address(account, address)
    kind, subject = ("known", f"{account} {address}") if is_known else ("account", account)
    _consume(name, kind, subject, limit=settings.SIGN_IN_LIMIT_ACCOUNT)


def client_of(request: HttpRequest, *, agent: str = "") -> SignInClient:
    """Return where a request comes from."""
    return SignInClient(agent, throttling.client_address(request))


def code_required(challenge: challenges.Challenge) -> Unauthenticated:
    """Return the error that asks for a code, with `code` and `challenge` in its details."""
    error = Unauthenticated(challenges.REQUIRED)
    error.details = {"code": challenges.CODE, "challenge": challenge.token}
    return error


def count_code_attempt(challenge: str) -> None:
    """Count a code for the account of a challenge. Raises `LimitExceeded`, and `Unauthenticated`."""
    _count_code(challenges.subject(challenge))


def count_own_code_attempt(principal: PersonPrincipal) -> None:
    """Count a code of a signed-in user. Raises `LimitExceeded`."""
    _count_code(principal.email)


def _consume(name: str, kind: str, subject: str, *, limit: int) -> None:
    throttling.consume(f"{name}:{kind}", subject, limit=limit, window=settings.SIGN_IN_WINDOW_SECONDS)


def _count_code(subject: str) -> None:
    limit, window = settings.SECOND_FACTOR_ATTEMPTS, settings.SECOND_FACTOR_WINDOW_SECONDS
    throttling.consume("second-factor:account", subject, limit=limit, window=window)
