"""The scope that a request for a key of collections asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.principal import AccountPrincipal, Scope
from engine import FieldError
from engine.errors import invalid
from engine.handles import CollectionAccess


def requested_scope(principal: AccountPrincipal, collections: Any, *, within: Scope, web: Any) -> Scope:
    """Return the scope of `{database id: {collection: {actions, filter?, fields?}}}`.

    `within` are the actions and databases that the request names besides, which must not be exceeded. Raises
    `Invalid` with every error.
    """
    if web is not None:
        raise invalid([FieldError("collections", "Does not go with `web`: a browser key has paths instead.")])
    parsed: Mapping[str, Mapping[str, CollectionAccess]]
    parsed = import_string(settings.KEY_COLLECTIONS)(principal, collections)
    errors = [
        FieldError(f"collections.{database}", "The database is not one of `databases`.")
        for database in parsed
        if not within.covers(database)
    ]
    errors += [
        FieldError(f"collections.{database}.{name}.actions", "More than the `actions` of the key.")
        for database, named in parsed.items()
        for name, access in named.items()
        if not access.actions <= within.actions
    ]
    if errors:
        raise invalid(errors)
    return Scope.of_collections(parsed)


def stored_collections(scope: Scope) -> dict[str, dict[str, Any]] | None:
    """Return the stored and published form of a scope's collections."""
    if scope.collections is None:
        return None
    return {
        database: {name: access.as_dict() for name, access in named.items()}
        for database, named in scope.collections.items()
    }
