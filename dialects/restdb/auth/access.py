"""Verbs and paths that a browser key of this dialect allows."""

from __future__ import annotations

from collections.abc import Mapping

import engine
from accounts.principal import BrowserKeyScope, ExternalUserPrincipal, Principal, browser_scope_of


def check(principal: Principal, *, verb: str, path: str) -> None:
    """Raise `Forbidden` if a browser key does not allow the verb or the path."""
    web = browser_scope_of(principal)
    if web is None:
        return
    if not web.allows_verb(verb):
        raise engine.Forbidden(f"This key does not allow {verb}.")
    if not web.allows_path(path):
        raise engine.Forbidden("This key does not allow this path.")


def reads(principal: Principal, path: str) -> bool:
    """Check whether a key's paths or a user's roles allow reading a collection.

    The path of children is `<collection>/0/<field>`.
    """
    if isinstance(principal, ExternalUserPrincipal):
        collection = path.partition("/")[0]
        if engine.Action.READ not in principal.actions_in(collection):
            return False
    web = browser_scope_of(principal)
    return web is None or (web.allows_verb("GET") and web.allows_path(f"/{path}"))


def is_full(principal: Principal) -> bool:
    """Check whether the caller is not a browser key. Browser keys may not delete by query, for example."""
    return browser_scope_of(principal) is None


def visible_collections(
    specs: Mapping[str, engine.CollectionSpec], web: BrowserKeyScope | None
) -> dict[str, engine.CollectionSpec]:
    """Return the collections that the caller may see described: for a browser key those that its paths allow."""
    return {name: spec for name, spec in specs.items() if web is None or _leads_to(web, name)}


def _leads_to(web: BrowserKeyScope, collection: str) -> bool:
    return web.allows_path(f"/{collection}") or web.allows_path(f"/{collection}/0")
