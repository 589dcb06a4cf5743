"""Changes of a key that keep its text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import ApiKey
from accounts.principal import AccountPrincipal, Scope
from accounts.restrictions import networks
from accounts.services import keys, principals
from accounts.services.auditing.entries import audit_key
from accounts.services.browser_keys import parse_browser_scope
from accounts.services.scoping.requested import requested_scope
from engine import Action, Invalid, NotFound

_SCOPE = ("databases", "actions", "web", "collections")


def change_key(principal: AccountPrincipal, *, key_id: str, changes: Mapping[str, Any]) -> keys.Key:
    """Set members of a key and return it; `changes` has any of `create_key`'s arguments.

    A key of collections gets its databases and actions from these. Raises what `create_key` raises, `NotFound`, and
    `Invalid` for the scope of an API token and for restrictions of web pages on a key that has none.
    """
    keys.own_row(principal, key_id)
    with transaction.atomic():
        row = ApiKey.objects.select_for_update().filter(pk=int(key_id), revoked_at=None).first()
        if row is None:
            raise NotFound("Key not found or permission denied.")
        columns = {**_scope(principal, row, changes), **_restrictions(principal, changes)}
        for name, value in columns.items():
            setattr(row, name, value)
        keys.check_within(principal, principals.scope_of(row))
        row.save(update_fields=[*columns])
        audit_key("key.change", principal, row)
    principals.invalidate_key(row.digest, row.previous_digest)
    return keys.key_of_row(row)


def _scope(principal: AccountPrincipal, row: ApiKey, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of name, databases, actions, collections and restrictions of web pages."""
    columns = {"name": changes["name"]} if "name" in changes else {}
    if row.grants is not None and any(name in changes for name in _SCOPE):
        raise Invalid("The permissions of an API token differ by database: change them where tokens are managed.")
    if row.collections is not None or changes.get("collections") is not None:
        return {**columns, **_collections(principal, row, changes)}
    if "databases" in changes:
        databases = keys.parse_databases(changes["databases"])
        columns["databases"] = None if databases is None else sorted(databases)
    if "actions" in changes:
        allowed = keys.parse_actions(changes["actions"])
        columns["actions"] = [action.value for action in Action if action in allowed]
    if "web" in changes or (row.web is not None and "actions" in changes):
        columns["web"] = _web(row, changes)
    return columns


def _collections(principal: AccountPrincipal, row: ApiKey, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a scope of collections, or those of the scope that replaces it."""
    if not any(name in changes for name in _SCOPE):
        return {}
    collections = changes.get("collections", row.collections)
    default = {} if collections is not None else vars(row)
    scope = Scope(
        keys.parse_actions(changes.get("actions", default.get("actions"))),
        keys.parse_databases(changes.get("databases", default.get("databases"))),
    )
    if collections is not None:
        scope = requested_scope(principal, collections, within=scope, web=changes.get("web", row.web))
    return keys.columns_of(scope)


def _web(row: ApiKey, changes: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return restrictions of web pages; verbs that new actions do not allow are left out."""
    if row.web is None or changes.get("web", row.web) is None:
        raise Invalid.of_field("web", "A key is for web pages or not from its creation on: create another key.")
    allowed = keys.parse_actions(changes.get("actions", row.actions))
    web = changes.get("web") or {name: value for name, value in row.web.items() if name != "verbs"}
    return parse_browser_scope(web, actions=allowed).as_dict()


def _restrictions(principal: AccountPrincipal, changes: Mapping[str, Any]) -> dict[str, Any]:
    acting = keys.acting_row(principal)
    columns: dict[str, datetime | None] = {}
    if "expires_at" in changes:
        columns["expires_at"] = keys.parse_expiry(
            changes["expires_at"], latest=acting.expires_at if acting else None
        )
    limits: Any = {name: changes[name] for name in networks.NO_RESTRICTIONS if name in changes}
    return {**columns, **networks.within(limits, networks.of_row(acting))}
