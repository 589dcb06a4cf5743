"""Whom the short ids on documents and requests mean, in words for the people of a database."""

from __future__ import annotations

from collections.abc import Collection

import accounts.services
import engine
import identity.services


def names(database: engine.Database, actors: Collection[str]) -> dict[str, str]:
    """Addresses of users and of outside users, and names of keys; whoever is gone is left out."""
    return identity.services.external_user_names(database, actors) | accounts.services.actor_names(actors)
