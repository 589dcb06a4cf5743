"""What a key of this dialect restricts: verbs and paths."""

from __future__ import annotations

from collections.abc import Mapping

import engine
from accounts.principal import BrowserKeyScope, Principal


def web_of(principal: Principal) -> BrowserKeyScope | None:
    """What restricts a web key; None for everybody else."""
    return principal.scope.web if principal.scope else None


def check(principal: Principal, *, verb: str, path: str) -> None:
    """Raises `Forbidden` for a verb or a path that a web key does not name."""
    web = web_of(principal)
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
    web = web_of(principal)
    return web is None or (web.allows_verb("GET") and web.allows_path(f"/{path}"))


def is_full(principal: Principal) -> bool:
    """Whether it is no web key: these may not delete by query."""
    return web_of(principal) is None


def told(specs: Mapping[str, engine.Spec], web: BrowserKeyScope | None) -> dict[str, engine.Spec]:
    """The collections that may be described: of a web key those that its paths lead to."""
    return {name: spec for name, spec in specs.items() if web is None or _leads_to(web, name)}


def _leads_to(web: BrowserKeyScope, collection: str) -> bool:
    return web.allows_path(f"/{collection}") or web.allows_path(f"/{collection}/0")
