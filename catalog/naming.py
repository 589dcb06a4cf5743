"""Names: which ones people may give, and the ones that MongoDB sees."""

from __future__ import annotations

import re
import secrets

NAME = re.compile(r"[\w-]+")
MAX_NAME = 100
RESERVED_DATABASES = ("admin", "local", "config")
_ID = re.compile(r"[0-9a-f]{24}")
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def name_fault(name: object, *, reserved: tuple[str, ...] = ()) -> str:
    """Why the name of a database or a collection is refused, or an empty text."""
    if type(name) is not str:
        return "Must be a string."
    if not 1 <= len(name) <= MAX_NAME:
        return f"Must have 1 to {MAX_NAME} characters."
    if not NAME.fullmatch(name):
        return "May hold letters, digits, '_' and '-' only."
    if name.lower() in reserved:
        return f"The name {name!r} is reserved."
    return ""


def collection_name_of_file(file_name: str) -> str:
    """The collection that a file is imported into when none is named: its name without extension."""
    stem = file_name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return re.sub(r"\W", "_", stem.lower())[:MAX_NAME]


def new_id() -> str:
    """A database's public id: 24 hexadecimal digits, 96 random bits."""
    return secrets.token_hex(12)


def is_id(text: str) -> bool:
    """Whether a text could be the public id of a database."""
    return _ID.fullmatch(text) is not None


def physical_database(name: str) -> str:
    """Opaque, lower-case but for the published suffix, unique by its random part and never reused."""
    return f"{_slug(name)}_{_random(16)}_V2"


def physical_collection(name: str) -> str:
    """As for databases: a dropped collection's successor never meets what a late write left behind."""
    return f"{_slug(name)}_{_random(8)}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:30] or "x"


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
