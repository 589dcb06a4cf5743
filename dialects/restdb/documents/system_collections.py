"""Collections that every database of this dialect has from the start.

They are listed and read as empty until their first document creates them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import engine
import features.mail.services
from accounts.principal import ExternalUserPrincipal, Principal, browser_scope_of
from catalog.services.creation import ensure_collections, planned_specs
from engine.context import PLANNED

_USERS: Mapping[str, Any] = {
    "name": "users",
    "fields": [
        {"name": "email", "type": "email", "required": True, "unique": True},
        {"name": "active", "type": "boolean", "default": True},
        {"name": "roles", "type": "array"},
    ],
}
_INBOUND: Mapping[str, Any] = {
    "name": "email_inbound",
    "fields": [{"name": name} for name in ("from", "to", "subject", "html", "text")],
}
_LOG: Mapping[str, Any] = {"name": "system_log", "history": False, "fields": [{"name": "message"}]}
_JOBS: Mapping[str, Any] = {"name": "system_jobs", "fields": [{"name": "name"}, {"name": "crontab"}]}
DEFINITIONS: Mapping[str, Mapping[str, Any]] = {
    item["name"]: item for item in (*features.mail.services.COLLECTIONS, _USERS, _INBOUND, _LOG, _JOBS)
}


def with_system(database: engine.Database, principal: Principal) -> engine.Database:
    """Return the handle with the missing system collections added, as far as the caller may use them."""
    missing = tuple(name for name in DEFINITIONS if name not in database.specs and _may_use(principal, name))
    if not missing:
        return database
    planned: Mapping[str, engine.CollectionSpec] = _planned(missing)
    if isinstance(principal, ExternalUserPrincipal):
        planned = {name: replace(spec, allowed=principal.actions_in(name)) for name, spec in planned.items()}
    return replace(database, specs={**database.specs, **planned})


@cache
def _planned(names: tuple[str, ...]) -> Mapping[str, engine.CollectionSpec]:
    """Return the specifications of system collections, which are the same in every database."""
    return planned_specs([DEFINITIONS[name] for name in names])


def create_missing(database: engine.Database, name: str) -> bool:
    """Create a system collection for its first document. Returns whether it was missing; raises `Forbidden`."""
    if name not in DEFINITIONS or name not in database.specs or not is_planned(database.specs[name]):
        return False
    database.collection(name).require(engine.Action.INSERT)
    known = {other: spec for other, spec in database.specs.items() if not is_planned(spec)}
    ensure_collections(replace(database, specs=known), [DEFINITIONS[name]])
    return True


def is_planned(spec: engine.CollectionSpec) -> bool:
    """Check whether a collection does not exist in the database yet."""
    return spec.physical == PLANNED


def _may_use(principal: Principal, name: str) -> bool:
    """Check whether the caller may use a collection.

    A browser key must name it in its paths; patterns do not count.
    """
    if isinstance(principal, ExternalUserPrincipal):
        return bool(principal.actions_in(name))
    web = browser_scope_of(principal)
    return web is None or any(path.strip("/").partition("/")[0] == name for path in web.paths)
