"""Shared base of the account views: error body, body parsing, and rate limits of signing in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts import render
from accounts.authentication import principal_of
from accounts.principal import PersonPrincipal
from accounts.views import limits
from engine import Forbidden, LimitExceeded
from web import throttling
from web.requests.body import StrictFormParser, StrictJSONParser
from web.views import ControlView

AUTHENTICATION = ["Authentication API"]
MANAGEMENT = ["Management API"]
NO_CREDENTIALS: list[Any] = []
# Alternatives, as they are in the document; drf-spectacular declares `auth` as names.
BEARER: list[Any] = [{"Bearer": []}]
OPTIONAL_BEARER: list[Any] = [*BEARER, {}]


def body_of(request: Request, shape: type[Serializer[Any]]) -> dict[str, Any]:
    """Validate the body and return its data. Raises DRF's ValidationError with all errors."""
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data


def request_example(value: Any) -> OpenApiExample:
    return OpenApiExample("Request Body", value=value, request_only=True)


def response_example(value: Any, *, status: int = 200) -> OpenApiExample:
    return OpenApiExample("Example Response", value=value, response_only=True, status_codes=[str(status)])


class IsPerson(BasePermission):
    """Permission that requires an access token; API keys are refused."""

    message = "This needs a user's access token."

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(principal_of(request), PersonPrincipal)


def person_of(request: Request) -> PersonPrincipal:
    """Return the caller of a view that requires `IsPerson`."""
    principal = principal_of(request)
    if not isinstance(principal, PersonPrincipal):
        raise Forbidden(IsPerson.message)
    return principal


class CoreView(ControlView):
    """A view under /core."""

    envelope = staticmethod(render.core_error)


class LimitedView(CoreView):
    """A view whose changes have rate limits by address and, if known, account. `limited` names the counters."""

    limited: str

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "GET":
            return
        self._with_headers(partial(limits.count_address, self.limited, request), settings.SIGN_IN_LIMIT_ADDRESS)

    def count_account(self, email: str) -> None:
        """Count a request for an account, whether or not it exists. Raises `LimitExceeded`."""
        count = partial(limits.count_account, self.limited, self.request, email)
        self._with_headers(count, settings.SIGN_IN_LIMIT_ACCOUNT)

    def _with_headers(self, count: Callable[[], None], limit: int) -> None:
        try:
            count()
        except LimitExceeded as error:
            self.headers.update(throttling.headers(error, limit=limit))
            raise


class SignInView(LimitedView):
    """A rate-limited view without authentication."""

    authentication_classes = []
    permission_classes = []
    parser_classes = (StrictJSONParser, StrictFormParser)
