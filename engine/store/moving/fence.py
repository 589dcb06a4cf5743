"""A fence: collections that refuse every insert and update, while they can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pymongo

from engine.store.connection import Connection
from engine.store.driver_errors import FENCE

# MongoDB waits for what is being written to a collection, and lets nobody else read or write it in the meantime.
_WAIT_SECONDS = 2
_NEVER = {"$expr": {"$eq": [FENCE, ""]}}


class Fence(Connection):
    """Sets and removes the fence of a database.

    A change of a validator waits for the operations in progress, so that after `fence` no insert or update that
    began before is still to come. Deletions of single documents pass.
    """

    def fence(self, database: str, *, each: Callable[[], None]) -> None:
        """Let the collections of a database refuse inserts and updates; calls `each` before each of them.

        Raises `TimedOut` where a write takes longer than two seconds; `unfence` undoes what was done.
        """
        for name, options in self._collections(database).items():
            each()
            validator = options.get("validator")
            if not is_fenced(validator):
                self._set_validator(database, name, {"$and": [*([validator] if validator else []), _NEVER]})

    def unfence(self, database: str, *, each: Callable[[], None]) -> None:
        """Let the collections of a database accept writes again. Idempotent."""
        for name, options in self._collections(database).items():
            each()
            if is_fenced(options.get("validator")):
                self._set_validator(database, name, unfenced(options["validator"]))

    def _collections(self, database: str) -> dict[str, Mapping[str, Any]]:
        self._check_unfiltered()
        with self.write_time_limit():
            listed = self._client[database].list_collections(filter={"type": "collection"})
            return {item["name"]: item["options"] for item in listed if not item["name"].startswith("system.")}

    def _set_validator(self, database: str, collection: str, validator: Mapping[str, Any]) -> None:
        with self.write_time_limit(), pymongo.timeout(_WAIT_SECONDS):
            self._client[database].command("collMod", collection, validator=validator)


def is_fenced(validator: Mapping[str, Any] | None) -> bool:
    """Return whether a validator is that of a fence."""
    return validator is not None and bool(validator.get("$and", [None])[-1] == _NEVER)


def unfenced(validator: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return what a validator was without the fence, `{}` for none."""
    if not is_fenced(validator):
        return validator or {}
    parts = validator["$and"] if validator else []
    return parts[0] if len(parts) > 1 else {}
