"""The base class of the data API's views, and the function that opens a request's collection."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

import engine
from accounts.authentication import authenticate, caller_of
from accounts.principal import AccountPrincipal
from catalog.services.access import open_database
from dataapi import render
from web.views import DocumentView

SURFACE = "data"


class DataView(DocumentView):
    """A view of documents: it parses the request, calls a handle, and renders the result."""

    envelope = staticmethod(render.envelope)

    def authenticate(self, request: HttpRequest) -> AccountPrincipal | None:
        return authenticate(request.META.get("HTTP_AUTHORIZATION"))


def principal_of(request: HttpRequest) -> AccountPrincipal:
    """Return the caller, who is a person or an API key."""
    return cast(AccountPrincipal, caller_of(request))


def collection_of(request: HttpRequest, database_id: str, name: str) -> engine.Collection:
    """Return the handle of the collection that a request names."""
    principal = principal_of(request)
    return open_database(principal, database_id, collection=name, surface=SURFACE).collection(name)
