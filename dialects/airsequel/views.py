"""Base class of this dialect's views, and the database that a request addresses."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

import engine
from accounts.authentication import caller_of
from accounts.principal import AccountPrincipal, AnonymousPrincipal, Principal, VisitorPrincipal
from catalog.services.access import open_database
from catalog.services.metadata.sharing import caller_in, caller_of_link
from dialects.airsequel import credentials, render
from web.errors import MISSING_CREDENTIALS
from web.requests.body import json_body
from web.views import DocumentView

SURFACE = "airsequel"
# A database that belongs to nobody has no more than tables and files.
NEEDS_OWNER = "A database without an owner cannot have this: give it to a team of yours first."


class AirsequelView(DocumentView):
    """Base of the views. A caller without credentials is a visitor, who may read public databases."""

    envelope = staticmethod(render.envelope)

    def authenticate(self, request: HttpRequest) -> Principal:
        return credentials.principal_of(request.META) or VisitorPrincipal()

    def failure(self, exception: Exception) -> HttpResponse:
        """Return the error response; a visitor needs credentials for what they may not do."""
        refused = isinstance(exception, engine.Forbidden) and str(exception) != NEEDS_OWNER
        if refused and isinstance(getattr(self.request, "principal", None), VisitorPrincipal):
            return super().failure(engine.Unauthenticated(MISSING_CREDENTIALS))
        return super().failure(exception)


def account_of(request: HttpRequest) -> AccountPrincipal:
    """Return the caller, who is a person or a key. Raises `Unauthenticated` for a visitor."""
    principal = caller_of(request)
    if not isinstance(principal, AccountPrincipal):
        raise engine.Unauthenticated(MISSING_CREDENTIALS)
    return principal


def addressed(request: HttpRequest, db_id: str) -> tuple[Principal, str]:
    """Return who acts on the addressed database, and its id in the catalog. Raises `NotFound`.

    The principal is the caller, or who may use the database because its id is known: a visitor, who reads a public
    one, or the owner of one that belongs to nobody.
    """
    return addressed_by(caller_of(request), db_id)


def addressed_by(principal: Principal, db_id: str) -> tuple[Principal, str]:
    """Return who acts on a database that a principal addresses, as `addressed`."""
    try:
        return caller_in(principal, db_id)
    except engine.NotFound as error:
        if isinstance(principal, VisitorPrincipal):
            raise engine.Unauthenticated(MISSING_CREDENTIALS) from error
        raise


def owned(request: HttpRequest, db_id: str) -> tuple[Principal, str]:
    """Return the same as `addressed`. Raises `Forbidden` for a database that belongs to nobody."""
    principal, database_id = addressed(request, db_id)
    if isinstance(principal, AnonymousPrincipal):
        raise engine.Forbidden(NEEDS_OWNER)
    return principal, database_id


def account_in(request: HttpRequest, db_id: str) -> AccountPrincipal:
    """Return who changes the addressed database. Raises `Unauthenticated` for a visitor, and `NotFound`."""
    principal, _ = addressed(request, db_id)
    return principal if isinstance(principal, AnonymousPrincipal) else account_of(request)


def opened(request: HttpRequest, db_id: str, *, collection: str | None = None) -> engine.Database:
    """Open the addressed database for the caller. Raises `NotFound`, and `Unauthenticated` for a visitor."""
    principal, database_id = addressed(request, db_id)
    return open_database(principal, database_id, collection=collection, surface=SURFACE)


def opened_read_only(readonly_id: str, *, collection: str | None = None) -> engine.Database:
    """Open the database of a read-only link, for reading only. Raises `NotFound`."""
    principal, database_id = caller_of_link(readonly_id)
    return open_database(principal, database_id, collection=collection, surface=SURFACE)


def json_of(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object in a request's body; an empty one without a body."""
    return json_body(request) if request.body.strip() else {}
