"""Field masks: the paths of documents that a credential may see and write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.encoding.shape import ancestor_paths, path_error
from engine.limits import Limits

# What every reader gets: the id, and the stamps that versions and preconditions need.
ALWAYS = ("_id", "_sys")
_KINDS = ("include", "exclude")


@dataclass(frozen=True)
class FieldMask:
    """Paths that are visible (`includes`), or else paths that are not. Elements of arrays have no own paths.

    `_id` and `_sys` are always visible, and so are the names in `always`.
    """

    paths: tuple[str, ...]
    includes: bool = False
    always: tuple[str, ...] = ()

    @cached_property
    def stage(self) -> dict[str, Any]:
        """The stage of a pipeline after which masked members are absent, at any depth."""
        if self.includes:
            return {"$project": dict.fromkeys([*ALWAYS, *self.always, *_uncovered(self.paths)], 1)}
        return {"$unset": [*_uncovered(self.paths)]}

    def touches(self, path: str) -> bool:
        """Return whether a path leads to, into or around something masked. `$` and indexes are no members."""
        head, *inner = path.split(".")
        if head in (*ALWAYS, *self.always):
            return False
        plain = ".".join([head, *(name for name in inner if not (name.isdecimal() or name.startswith("$")))])
        if self.includes:
            return not any(plain == visible or plain.startswith(f"{visible}.") for visible in self.paths)
        return any(
            plain == hidden or plain.startswith(f"{hidden}.") or hidden.startswith(f"{plain}.")
            for hidden in self.paths
        )

    def hides(self, name: str) -> bool:
        """Return whether nothing of a top-level member is visible."""
        if name in ALWAYS or name in self.always:
            return False
        if self.includes:
            return not any(visible.partition(".")[0] == name for visible in self.paths)
        return name in self.paths

    def apply(self, value: Any, path: str = "") -> Any:
        """Return a copy of a document, or of the value at a path, without what is masked."""
        if isinstance(value, list):
            return [self.apply(item, path) for item in value if not path or not self._is_bare(item, path)]
        if not isinstance(value, Mapping):
            return value
        members = ((name, item, f"{path}.{name}" if path else name) for name, item in value.items())
        return {name: self.apply(item, at) for name, item, at in members if self._keeps(item, at)}

    def _keeps(self, value: Any, path: str) -> bool:
        if path in ALWAYS or path.partition(".")[0] in (*ALWAYS, *self.always):
            return True
        if not self.includes:
            return path not in self.paths
        return not self.touches(path) or (self._leads_on(path) and isinstance(value, list | Mapping))

    def _is_bare(self, value: Any, path: str) -> bool:
        """Return whether an element has no members where only some of its members are visible."""
        bare = not isinstance(value, list | Mapping)
        return bare and self.includes and self.touches(path) and self._leads_on(path)

    def _leads_on(self, path: str) -> bool:
        return any(visible.startswith(f"{path}.") for visible in self.paths)

    def as_dict(self) -> dict[str, list[str]]:
        return {_KINDS[0 if self.includes else 1]: [*self.paths]}


def parse_mask(raw: Any, *, limits: Limits) -> tuple[FieldMask | None, list[tuple[str, str]]]:
    """Return the mask of `{include: [paths]}` or `{exclude: [paths]}`, or None and errors as (path, message)."""
    if not isinstance(raw, Mapping) or len(raw) != 1 or next(iter(raw)) not in _KINDS:
        return None, [("", 'Must be {"include": [paths]} or {"exclude": [paths]}.')]
    kind, paths = next(iter(raw.items()))
    if not isinstance(paths, list) or not 1 <= len(paths) <= limits.query_nodes:
        return None, [(kind, f"Must be an array of 1 to {limits.query_nodes} paths (MAX_QUERY_NODES).")]
    errors = [
        (f"{kind}.{index}", text) for index, path in enumerate(paths) if (text := _error(path, limits=limits))
    ]
    return (None if errors else FieldMask(tuple(dict.fromkeys(paths)), kind == "include")), errors


def _error(path: Any, *, limits: Limits) -> str:
    if not isinstance(path, str):
        return "Must be a path, as text."
    if text := path_error(path, limits=limits):
        return text
    names = path.split(".")
    if names[0] in ALWAYS:
        return f"{names[0]!r} is always visible."
    if any(name.isdecimal() for name in names[1:]):
        return "Elements of arrays have no paths of their own; name the array."
    return ""


def _uncovered(paths: Iterable[str]) -> list[str]:
    """Return the paths without those inside another one, which MongoDB refuses to name together."""
    names = set(paths)
    return [path for path in dict.fromkeys(paths) if names.isdisjoint(ancestor_paths(path))]
