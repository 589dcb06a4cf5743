"""Patterns of paths, such as those of browser keys."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches_path(pattern: str, path: str) -> bool:
    """Return whether a path matches a pattern such as `/customers/**`: `*` is one name, `**` the rest."""
    parts, names = pattern.strip("/").split("/"), path.strip("/").split("/")
    for index, part in enumerate(parts):
        if part == "**":
            return True
        if index >= len(names) or not fnmatchcase(names[index], part):
            return False
    return len(parts) == len(names)
