"""The permissions of a key, as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accounts.services import Key

_WORDS = {
    "read": "read",
    "insert": "insert",
    "write": "update",
    "delete": "delete",
}
_MORE = {"design": "design collections", "own": "drop databases and manage keys"}


def in_words(key: Key, names: Mapping[str, str]) -> str:
    """`names` are those of the team's databases by id."""
    documents = [word for action, word in _WORDS.items() if action in key.actions]
    parts = [f"{_listed(documents)} documents"] if documents else []
    parts += [words for action, words in _MORE.items() if action in key.actions]
    return f"May {_listed(parts)} in {_where(key, names)}."


def _where(key: Key, names: Mapping[str, str]) -> str:
    if key.databases is None:
        return "all databases of the team"
    known = [names[database_id] for database_id in key.databases if database_id in names]
    gone = len(key.databases) - len(known)
    return _listed([*known, *([f"{gone} deleted database{'' if gone == 1 else 's'}"] if gone else [])])


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
