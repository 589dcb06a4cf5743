"""Base classes of the views of people, teams and tokens."""

from __future__ import annotations

from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import engine
from accounts.principal import AccountPrincipal, PersonPrincipal, Principal, VisitorPrincipal
from accounts.services.names import usernames
from accounts.services.principals import with_current_teams
from accounts.views import limits
from dialects.airsequel.views import AirsequelView, account_of
from web import throttling
from web.operations import RequestModel

_PERSON_ONLY = "This needs the session of a person; keys and tokens cannot do it."
Model = TypeVar("Model", bound=RequestModel)


def person_of(request: HttpRequest) -> PersonPrincipal:
    """Return the caller, who is a person. Raises `Unauthenticated` for a visitor, `Forbidden` for a key."""
    principal = account_of(request)
    if not isinstance(principal, PersonPrincipal):
        raise engine.Forbidden(_PERSON_ONLY)
    return principal


def manager_of(request: HttpRequest) -> AccountPrincipal:
    """Return the caller with their present teams. Services refuse keys, as what does not exist."""
    return with_current_teams(account_of(request))


def body_of(request: HttpRequest, model: type[Model]) -> Model:
    """Return the JSON body as a request. Raises `Invalid` with every error, and `TooLarge`."""
    check_size(request)
    return model.of_body(request)


def check_size(request: HttpRequest) -> None:
    """Raise `TooLarge` for a body above MAX_ACCOUNT_BODY_BYTES."""
    limit = settings.MAX_ACCOUNT_BODY_BYTES
    if len(request.body) > limit:
        raise engine.TooLarge(f"The body is larger than {limit} bytes (MAX_ACCOUNT_BODY_BYTES).")


class OpenView(AirsequelView):
    """A view for everyone, which ignores credentials. `limited` names the counters of its POST requests.

    They are those of DataCube's own routes of signing in, so that both together have one limit.
    """

    limited = ""
    _limit = 0

    def authenticate(self, request: HttpRequest) -> Principal:
        if request.method == "POST" and self.limited:
            self._limit = settings.SIGN_IN_LIMIT_ADDRESS
            limits.count_address(self.limited, request)
        return VisitorPrincipal()

    def count_account(self, login: str) -> None:
        """Count a request for an account by username or address, whether or not it exists."""
        self._limit = settings.SIGN_IN_LIMIT_ACCOUNT
        limits.count_account(self.limited, self.request, usernames.account_of(login))

    def failure(self, exception: Exception) -> HttpResponse:
        response = super().failure(exception)
        if isinstance(exception, engine.LimitExceeded) and self._limit:
            for name, value in throttling.headers(exception, limit=self._limit).items():
                response.headers[name] = value
        return response
