"""Keys that are limited to collections: what a request for one names is checked against the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import engine
from accounts.principal import AccountPrincipal, Principal
from catalog.limits import limits
from catalog.restriction import FILES
from catalog.services.access import open_database
from engine.errors import invalid
from engine.handles import CollectionAccess, compile_row_filter
from engine.schema import FieldMask, parse_mask

MAX_NAMED = 500
_MEMBERS = ("actions", "filter", "fields")
_ACTIONS = {action.value: action for action in engine.Action if action in engine.DOCUMENT_ACTIONS}
_SHAPE = "Must be an object: {database id: {collection: {actions, filter?, fields?}}}."
Errors = list[engine.FieldError]


def parse_collections(principal: AccountPrincipal, raw: Any) -> Mapping[str, Mapping[str, CollectionAccess]]:
    """Return `{database id: {collection: {actions, filter?, fields?}}}` as permissions.

    The name `media` stands for the files of a database, and has actions alone. Raises `Invalid` with every error;
    that of a missing database is the same as of another team's.
    """
    if not isinstance(raw, Mapping) or not raw:
        raise engine.Invalid.of_field("collections", _SHAPE)
    errors: Errors = []
    parsed = {
        str(database_id).lower(): dict(_of_database(principal, str(database_id), named, errors))
        for database_id, named in raw.items()
    }
    if sum(map(len, parsed.values())) > MAX_NAMED:
        errors.append(engine.FieldError("collections", f"Must name at most {MAX_NAMED} collections."))
    if errors:
        raise invalid(errors)
    return parsed


def _of_database(
    principal: Principal, database_id: str, named: Any, errors: Errors
) -> Iterator[tuple[str, CollectionAccess]]:
    root = f"collections.{database_id}"
    if not isinstance(named, Mapping) or not named:
        errors.append(engine.FieldError(root, _SHAPE))
        return
    try:
        database = open_database(principal, database_id.lower(), refresh=True)
    except engine.NotFound:
        errors.append(engine.FieldError(root, "Database not found."))
        return
    for name, item in named.items():
        spec = database.specs.get(name)
        if spec is None and name != FILES:
            errors.append(engine.FieldError(f"{root}.{name}", "Collection not found."))
        elif access := _Parser(f"{root}.{name}", spec, errors).parse(item):
            yield name, access


@dataclass(frozen=True)
class _Parser:
    """Parses what a key may do with one collection, or with files, which have no `spec`."""

    root: str
    spec: engine.CollectionSpec | None
    errors: Errors

    def parse(self, raw: Any) -> CollectionAccess | None:
        """Return the permissions, or None after adding every error."""
        known = len(self.errors)
        if not isinstance(raw, Mapping):
            self._add("", "Must be an object with actions, and perhaps filter and fields.")
            return None
        members = _MEMBERS if self.spec else _MEMBERS[:1]
        for name in sorted({*map(str, raw)} - {*members}):
            self._add(name, "Unknown property." if self.spec else "Files have actions alone.")
        access = CollectionAccess(self._actions(raw.get("actions")), self._filter(raw), self._mask(raw))
        return access if len(self.errors) == known else None

    def _actions(self, raw: Any) -> frozenset[engine.Action]:
        if (
            not isinstance(raw, list)
            or not raw
            or not all(isinstance(name, str) and name in _ACTIONS for name in raw)
        ):
            self._add("actions", f"Name one or more of: {', '.join(_ACTIONS)}.")
            return frozenset()
        return frozenset(_ACTIONS[name] for name in raw)

    def _filter(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        if "filter" not in raw or self.spec is None:
            return {}
        try:
            compile_row_filter(raw["filter"], self.spec.schema, root=f"{self.root}.filter", limits=limits())
        except engine.Error as error:
            self.errors.extend(error.errors or [engine.FieldError(f"{self.root}.filter", error.message)])
            return {}
        return dict(raw["filter"])

    def _mask(self, raw: Mapping[str, Any]) -> FieldMask | None:
        if "fields" not in raw or self.spec is None:
            return None
        mask, errors = parse_mask(raw["fields"], limits=limits())
        for path, text in errors:
            self._add(f"fields.{path}" if path else "fields", text)
        return mask

    def _add(self, path: str, text: str) -> None:
        self.errors.append(engine.FieldError(f"{self.root}.{path}" if path else self.root, text))
