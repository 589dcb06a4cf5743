"""What a key of this dialect restricts: verbs and paths."""

from __future__ import annotations

import engine
from accounts.principal import Principal


def check(principal: Principal, *, verb: str, path: str) -> None:
    """Raises `Forbidden` for a verb or a path that a web key does not name."""
    web = principal.scope.web if principal.scope else None
    if web is None:
        return
    if not web.allows_verb(verb):
        raise engine.Forbidden(f"This key does not allow {verb}.")
    if not web.allows_path(path):
        raise engine.Forbidden("This key does not allow this path.")


def reads(principal: Principal, path: str) -> bool:
    """Whether a key's paths or a person's roles lead to a collection, or its children, `<collection>/0/<field>`."""
    outside = principal.outside
    if outside is not None and engine.Action.READ not in outside.actions_in(path.partition("/")[0]):
        return False
    web = principal.scope.web if principal.scope else None
    return web is None or (web.allows_verb("GET") and web.allows_path(f"/{path}"))


def is_full(principal: Principal) -> bool:
    """Whether it is no web key: these may not delete by query."""
    return principal.scope is None or principal.scope.web is None
