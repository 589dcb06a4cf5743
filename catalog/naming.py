"""Names of databases and collections: validation, ids, and physical names in MongoDB."""

from __future__ import annotations

import re
import secrets

NAME = re.compile(r"[\w-]+")
MAX_NAME = 100
RESERVED_DATABASES = ("admin", "local", "config")
_ID = re.compile(r"[0-9a-f]{24}")
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def name_error(name: object, *, reserved: tuple[str, ...] = ()) -> str:
    """Return why the name of a database or a collection is invalid, or an empty text."""
    if type(name) is not str:
        return "Must be a string."
    if not 1 <= len(name) <= MAX_NAME:
        return f"Must have 1 to {MAX_NAME} characters."
    if not NAME.fullmatch(name):
        return "May only contain letters, digits, '_' and '-'."
    if name.lower() in reserved:
        return f"The name {name!r} is reserved."
    return ""


def collection_name_of_file(file_name: str) -> str:
    """Return the default collection for an imported file: its name without extension, in lower case."""
    stem = file_name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return re.sub(r"\W", "_", stem.lower())[:MAX_NAME]


def new_id() -> str:
    """Generate a database's public id: 24 hexadecimal digits, 96 random bits."""
    return secrets.token_hex(12)


def is_id(text: str) -> bool:
    """Return whether a text has the form of a database's public id."""
    return _ID.fullmatch(text) is not None


def physical_database(name: str) -> str:
    """Generate a unique physical name for a database: lower case, with the published suffix `_V2`."""
    return f"{_slug(name)}_{_random(16)}_V2"


def physical_collection(name: str) -> str:
    """Generate a unique physical name for a collection, so that late writes to a dropped one stay apart."""
    return f"{_slug(name)}_{_random(8)}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:30] or "x"


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
