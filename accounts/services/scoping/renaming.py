"""Keys that are limited to collections of a database follow a renamed collection, and keep fields from a rename."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from accounts.models import ApiKey
from accounts.services import principals
from engine import Conflict

_NAMES_FIELD = "The key {key!r} names {path!r} in its row filter or field mask. Change the key first."


def rename_collection(database_id: str, name: str, *, to: str) -> None:
    """Let the keys that name a collection name it by another name."""
    for row, collections in _keys(database_id, name):
        named = collections[database_id]
        named[to] = named.pop(name)
        row.save(update_fields=["collections"])
        principals.invalidate_key(row.digest)


def check_fields(database_id: str, name: str, paths: set[str]) -> None:
    """Raise `Conflict` if a key restricts a collection by one of these fields, which are about to be renamed."""
    for row, collections in _keys(database_id, name):
        for path in _paths(collections[database_id][name]):
            if path.partition(".")[0] in paths:
                raise Conflict(_NAMES_FIELD.format(key=row.name, path=path))


def _keys(database_id: str, name: str) -> Iterator[tuple[ApiKey, dict[str, Any]]]:
    """Yield the keys that name a collection, each with its collections."""
    for row in ApiKey.objects.filter(revoked_at=None, collections__has_key=database_id):
        if row.collections and name in row.collections[database_id]:
            yield row, row.collections


def _paths(access: Mapping[str, Any]) -> Iterator[str]:
    yield from _filter_paths(access.get("filter", {}))
    for paths in access.get("fields", {}).values():
        yield from paths


def _filter_paths(value: Any) -> Iterator[str]:
    """Yield the paths that a filter names: members, and the operands of expressions that begin with `$`."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if not name.startswith("$"):
                yield name
            yield from _filter_paths(item)
    elif isinstance(value, list):
        for item in value:
            yield from _filter_paths(item)
    elif isinstance(value, str) and value.startswith("$"):
        yield value.removeprefix("$$ROOT.").lstrip("$")
