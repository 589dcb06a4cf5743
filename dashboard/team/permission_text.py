"""The permissions of a key as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.services.keys import Key
from catalog.restriction import FILES

_DOCUMENT_ACTIONS = {
    "read": "read",
    "insert": "insert",
    "write": "update",
    "delete": "delete",
}
_OTHER_ACTIONS = {"design": "design collections", "own": "drop databases and manage keys"}


def describe(key: Key, names: Mapping[str, str]) -> str:
    """Return the permissions as a sentence, or one for each database of an API token, or collection of a key.

    `names` maps database ids to names.
    """
    if key.collections is not None:
        return " ".join(
            _sentence(access["actions"], [database_id], names, where=_limited(name, access))
            for database_id, named in key.collections.items()
            for name, access in named.items()
        )
    if key.grants is None:
        return _sentence(key.actions, key.databases, names)
    return " ".join(_sentence(actions, [database_id], names) for database_id, actions in key.grants.items())


def restrictions(key: Key) -> list[str]:
    """Return the limits of a key, one line each; `No limits` without any."""
    lines = [f"From {', '.join(key.addresses)}"] if key.addresses else []
    lines += [f"{key.rate:,} requests a minute"] if key.rate else []
    lines += [f"{key.daily_quota:,} requests a day"] if key.daily_quota else []
    return lines or ["No limits"]


def _limited(name: str, access: Mapping[str, Any]) -> str:
    """Return what a key of collections is limited to: files, or a collection with its row filter and field mask."""
    if name == FILES:
        return "files"
    limits = [word for member, word in (("filter", "row filter"), ("fields", "field mask")) if member in access]
    return f"documents of {name}{f' with a {_join(limits)}' if limits else ''}"


def _sentence(
    actions: Sequence[str], databases: Sequence[str] | None, names: Mapping[str, str], *, where: str = "documents"
) -> str:
    documents = [word for action, word in _DOCUMENT_ACTIONS.items() if action in actions]
    parts = [f"{_join(documents)} {where}"] if documents else []
    parts += [words for action, words in _OTHER_ACTIONS.items() if action in actions]
    return f"May {_join(parts)} in {_databases(databases, names)}."


def _databases(databases: Sequence[str] | None, names: Mapping[str, str]) -> str:
    if databases is None:
        return "all databases of the team"
    known = [names[database_id] for database_id in databases if database_id in names]
    deleted = len(databases) - len(known)
    return _join([*known, *([f"{deleted} deleted database{'' if deleted == 1 else 's'}"] if deleted else [])])


def _join(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
