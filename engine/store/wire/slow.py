"""Logs commands that take long, by their shape: names of fields and operators, and no value."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from engine.encoding import dumps
from engine.request import request_id

log = logging.getLogger("datacube.slow")
_SHAPED = ("filter", "query", "pipeline")
_MAX_ITEMS = 20
_MAX_DEPTH = 12
_HIDDEN = "?"


def log_slow(database: str, command: Mapping[str, Any], *, milliseconds: float) -> None:
    """Write a line about a command that took long."""
    name = next(iter(command))
    target = command[name]
    line = {
        "database": database,
        "collection": target if isinstance(target, str) else "",
        "command": name,
        "ms": round(milliseconds, 1),
        "request_id": request_id.get(),
        "sort": {**command["sort"]} if "sort" in command else None,
        "limit": command.get("limit"),
        **{part: shape(command[part]) for part in _SHAPED if part in command},
    }
    log.warning("%s", dumps({key: value for key, value in line.items() if value is not None}).decode())


def shape(value: Any, depth: int = 0) -> Any:
    """Return a part of a command without its values: what is no object or array becomes `?`."""
    if depth >= _MAX_DEPTH:
        return _HIDDEN
    if isinstance(value, Mapping):
        return {key: shape(child, depth + 1) for key, child in [*value.items()][:_MAX_ITEMS]}
    if isinstance(value, list | tuple):
        shapes: list[Any] = []
        for child in value[:_MAX_ITEMS]:
            if (item := shape(child, depth + 1)) not in shapes:
                shapes.append(item)
        return shapes
    return _HIDDEN
