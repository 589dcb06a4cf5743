"""The permissions of a key as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accounts.services.keys import Key

_DOCUMENT_ACTIONS = {
    "read": "read",
    "insert": "insert",
    "write": "update",
    "delete": "delete",
}
_OTHER_ACTIONS = {"design": "design collections", "own": "drop databases and manage keys"}


def describe(key: Key, names: Mapping[str, str]) -> str:
    """Return the permissions as a sentence. `names` maps database ids to names."""
    documents = [word for action, word in _DOCUMENT_ACTIONS.items() if action in key.actions]
    parts = [f"{_join(documents)} documents"] if documents else []
    parts += [words for action, words in _OTHER_ACTIONS.items() if action in key.actions]
    return f"May {_join(parts)} in {_databases(key, names)}."


def _databases(key: Key, names: Mapping[str, str]) -> str:
    if key.databases is None:
        return "all databases of the team"
    known = [names[database_id] for database_id in key.databases if database_id in names]
    deleted = len(key.databases) - len(known)
    return _join([*known, *([f"{deleted} deleted database{'' if deleted == 1 else 's'}"] if deleted else [])])


def _join(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
