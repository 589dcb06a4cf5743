"""Names of databases and collections: validation, ids, and physical names in MongoDB."""

from __future__ import annotations

import re
import secrets
import time

NAME = re.compile(r"[\w-]+")
MAX_NAME = 100
RESERVED_DATABASES = ("admin", "local", "config")
_ID = re.compile(r"[0-9a-f]{24}")
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
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
    """Return the default collection for an imported file: its name without extensions, in lower case."""
    stem = file_name.rsplit("/", 1)[-1].removesuffix(".gz").rsplit(".", 1)[0]
    return re.sub(r"\W", "_", stem.lower())[:MAX_NAME]


def new_id() -> str:
    """Generate a database's public id: 24 hexadecimal digits, 96 random bits."""
    return secrets.token_hex(12)


def new_ulid() -> str:
    """Generate an id of 26 digits and lower-case letters that sorts by time: 48 bits of milliseconds, 80 random."""
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def new_readonly_id() -> str:
    """Generate the id of a read-only link: 26 letters and digits, 134 random bits."""
    return _random(26)


def new_shared_id(name: str) -> str:
    """Generate an id that begins with a database's name and ends with 22 letters and digits, 113 random bits."""
    return f"{slug(name)}-{_random(22)}"


def slug(text: str) -> str:
    """Return a name of a database or collection for any text: lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "database"


def with_suffix(name: str) -> str:
    """Return a name with a random suffix, for a name that is taken."""
    return f"{name}-{_random(6)}"


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
