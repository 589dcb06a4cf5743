"""The answers of the REST dialect: documents with its system fields, and its error body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import engine
import features.files.services
from dialects.restdb.system_fields import BY_KEY, FIRST_VERSION, MAKERS, PARENT, STAMPS
from web.errors import status_of

_NAMES: Mapping[type[engine.Error], str] = {
    engine.Invalid: "BadRequest",
    engine.Unauthenticated: "Unauthorized",
}
Names = Mapping[str, str]


def envelope(error: engine.Error) -> dict[str, Any]:
    """Return `{name, message, list: [{field, message: [text, code], index?}], status}`."""
    name = "ValidationError" if error.errors else _NAMES.get(type(error), type(error).__name__)
    listed = [
        {"field": issue.field, "message": [issue.message, issue.code]}
        | ({} if issue.index is None else {"index": issue.index})
        for issue in error.errors
    ]
    return {"name": name, "message": error.message, "list": listed, "status": status_of(error)}


def understood(problem: Exception) -> Exception:
    """A value that must be unique and is taken is a fault of validation in this dialect."""
    if type(problem) is engine.Conflict and problem.errors:
        return engine.Invalid(problem.message, errors=problem.errors)
    return problem


def documents(found: Iterable[dict[str, Any]], *, metafields: bool, people: Names) -> list[dict[str, Any]]:
    return [document(item, metafields=metafields, people=people) for item in found]


def document(found: dict[str, Any], *, metafields: bool, people: Names) -> dict[str, Any]:
    """A document, which is changed, as this dialect shows it; `people` has the addresses of users by short ids."""
    kept = found.pop("_sys", None)
    parent = {name: found.pop(name) for name in PARENT if name in found}
    if metafields:
        found |= parent
        found |= stamps(kept or {}, people=people)
    return found


def stamps(kept: Mapping[str, Any], *, people: Names) -> dict[str, Any]:
    """The system fields, of those members of `_sys` that are there."""
    shown = {}
    for name, path in STAMPS.items():
        member = path.partition(".")[2]
        if member in kept:
            shown[name] = _stamp(name, kept[member], people)
    return shown


def _stamp(name: str, value: Any, people: Names) -> Any:
    if name == "_version":
        return value - FIRST_VERSION
    if name in MAKERS:
        return people.get(value, BY_KEY)
    return value


def actors(found: Iterable[Mapping[str, Any]]) -> set[str]:
    """Who made and changed documents."""
    kept = [item.get("_sys", {}) for item in found]
    return {stamps[name] for stamps in kept for name in ("created_by", "updated_by") if name in stamps}


def deleted(ids: Iterable[Any]) -> dict[str, Any]:
    return {"result": list(ids)}


def totals(*, total: int | None, count: int, skip: int, limit: int) -> dict[str, Any]:
    return {"total": total, "count": count, "skip": skip, "max": limit}


def media(found: features.files.services.File, *, people: Names | None = None) -> dict[str, Any]:
    """A record of the media archive."""
    sizes = {} if found.width is None else {"width": found.width, "height": found.height}
    return {
        "_id": found.id,
        "_created": found.at,
        "_createdby": (people or {}).get(found.by, BY_KEY),
        "app": "",
        "origname": found.name,
        "file": found.id,
        "mediatype": found.kind,
        "size": found.length,
        **sizes,
        "exif": found.exif,
    }
