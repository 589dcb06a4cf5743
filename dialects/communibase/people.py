"""Names of the people and keys that changed documents, as `updatedBy` has them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.conf import settings

import accounts.services
import engine
import identity.services
from accounts.ttl_cache import TtlCache

_UNKNOWN = "a former user"
# One name is read once in CACHE_SECONDS: each answer would need a query otherwise.
_names: TtlCache[str] = TtlCache(seconds=settings.CACHE_SECONDS)


def names_of(database: engine.Database, actors: Iterable[str]) -> dict[str, str]:
    """Return a name for each actor id: an e-mail address, or the name of a key."""
    actors = set(actors)
    outside = [actor for actor in actors if actor[:1] == "x"]
    names = identity.services.external_user_names(database, outside) if outside else {}
    return {actor: names.get(actor) or _name_of(actor) for actor in actors}


def _name_of(actor: str) -> str:
    return _names.get(actor, load=partial(_load, actor)) or _UNKNOWN


def _load(actor: str) -> str | None:
    return accounts.services.people.actor_names([actor]).get(actor, _UNKNOWN)
