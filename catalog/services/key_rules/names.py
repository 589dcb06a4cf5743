"""Browser keys that name a renamed collection: they follow, unless that would open another database."""

from __future__ import annotations

import engine
from accounts.services.browser_keys import NamingKey, add_name, keys_that_name, remove_name
from catalog.models import Collection, Database, State

_OPENS_ANOTHER = (
    "The browser key {key!r} names {name!r}, and is valid for another database that has a collection {to!r}. "
    "Change the key first."
)


def add_to_keys(database: Database, name: str, *, to: str) -> None:
    """Let keys that name the collection name it by both names. Raises `Conflict` for a key that would lead to a
    collection of another database.
    """
    for key in _keys(database, name):
        if _is_elsewhere(key, database, to):
            raise engine.Conflict(_OPENS_ANOTHER.format(key=key.name, name=name, to=to))
        add_name(key.id, name, to=to)


def remove_from_keys(database: Database, name: str) -> None:
    """Remove the previous name from keys, except where another of their databases has a collection of that name."""
    for key in _keys(database, name):
        if not _is_elsewhere(key, database, name):
            remove_name(key.id, name)


def _keys(database: Database, name: str) -> list[NamingKey]:
    team_id = database.team_id
    return [] if team_id is None else keys_that_name(name, team_id=team_id, database_id=database.public_id)


def _is_elsewhere(key: NamingKey, database: Database, name: str) -> bool:
    """Return whether another database of a key has a collection."""
    others = Database.objects.filter(team=database.team, state=State.READY).exclude(pk=database.pk)
    if key.databases is not None:
        others = others.filter(public_id__in=key.databases)
    return Collection.objects.filter(database__in=others, name=name, state=State.READY).exists()
