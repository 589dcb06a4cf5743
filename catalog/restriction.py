"""Handles of callers whose permissions differ by collection: external users, and keys of collections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import engine
from accounts.principal import ExternalUserPrincipal, Principal, ScopedPrincipal
from engine.handles import CollectionAccess

# Name of the media archive in roles and in keys of collections; it is not a collection.
FILES = "media"


def restricted(database: engine.Database, principal: Principal) -> engine.Database:
    """Return a database as the principal may use it."""
    if isinstance(principal, ScopedPrincipal):
        collections = principal.scope.collections
        return database if collections is None else _restrict_to_scope(database, collections.get(database.id, {}))
    return _restrict_to_roles(database, principal) if isinstance(principal, ExternalUserPrincipal) else database


def _restrict_to_roles(database: engine.Database, user: ExternalUserPrincipal) -> engine.Database:
    """Restrict a database to what an external user's roles allow; without any, it appears empty."""
    return database.with_permissions(
        {name: user.actions_in(name) for name in database.specs},
        own=[name for name in database.specs if user.sees_own_documents_only(name)],
        besides=user.actions_in(FILES),
        channels=user.publishes,
    )


def _restrict_to_scope(database: engine.Database, named: Mapping[str, CollectionAccess]) -> engine.Database:
    """Restrict a database to the collections that a key names, in each to what its owner's role allows as well."""
    allowed = database.allowed
    access = {name: replace(item, actions=item.actions & allowed) for name, item in named.items()}
    files = access.pop(FILES).actions if FILES in access else frozenset()
    return database.restricted_to(access, files=files)
