"""Names of the actors that documents and requests are stamped with."""

from __future__ import annotations

from collections.abc import Collection

import accounts.services
import engine
import identity.services


def names(database: engine.Database, actors: Collection[str]) -> dict[str, str]:
    """Return `{actor: name}` for users, external users and keys. Deleted actors are left out."""
    return identity.services.external_user_names(database, actors) | accounts.services.people.actor_names(actors)
