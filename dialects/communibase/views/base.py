"""Base class of this dialect's views, and the entity type that a request addresses."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest

import engine
from accounts.authentication import caller_of
from accounts.principal import AccountPrincipal
from catalog.services.access import only_database_id, open_database, resolve_database_id
from dialects.communibase import credentials, render
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.entity_types.declaration import ENTITY_TYPE
from dialects.communibase.resources.documents import Documents
from dialects.communibase.resources.entity_types import Types
from dialects.communibase.resources.files import FILE, FileDocuments, with_files
from web.requests.body import json_value
from web.requests.parameters import lists_of
from web.views import DocumentView

SURFACE = "communibase"
_NO_COLLECTION = "EntityType is no collection: it has neither a history nor aggregation."


class CommunibaseView(DocumentView):
    envelope = staticmethod(render.envelope)
    repeatable_parameters = ("fields", "fields[]")

    def authenticate(self, request: HttpRequest) -> AccountPrincipal:
        params = lists_of(request)
        request.GET = cast(Any, params)
        return credentials.principal_of(request.META, cast(Any, params))


def open_resource(request: HttpRequest, database: str | None, title: str) -> Documents | Types:
    """Open the entity type of a title. Without a database in the address the credential names it.

    Raises `NotFound` for what the caller may not see.
    """
    principal = principal_of(request)
    database_id = only_database_id(principal) if database is None else resolve_database_id(principal, database)
    # A collection that the cached entry lacks, as EntityType is, loads the entry again.
    handle = open_database(principal, database_id, collection=title, surface=SURFACE)
    handle = with_files(handle) if title == FILE else handle
    types = EntityTypes.of(handle)
    if title == ENTITY_TYPE:
        return Types(principal, handle, types)
    entity_type = types.get(title)
    if entity_type is None or not entity_type.is_resource:
        raise engine.NotFound(f"Unknown entity type {title!r}.")
    if title == FILE:
        return FileDocuments(handle, types, entity_type, principal)
    return Documents(handle, types, entity_type)


def open_documents(request: HttpRequest, database: str | None, title: str) -> Documents:
    """Open an entity type whose documents are a collection, as all but EntityType itself are."""
    resource = open_resource(request, database, title)
    if isinstance(resource, Types):
        raise engine.Invalid(_NO_COLLECTION)
    return resource


def principal_of(request: HttpRequest) -> AccountPrincipal:
    """Return the caller, who is a person or an API key."""
    return cast(AccountPrincipal, caller_of(request))


def json_of(request: HttpRequest) -> Any:
    """Return the JSON value of a request's body; None without a body."""
    raw = request.body
    return json_value(raw, path=request.path) if raw.strip() else None
