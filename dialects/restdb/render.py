"""JSON forms of the REST dialect: documents with its system fields, files, and its error body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import engine
import features.files.services
from dialects.restdb.operations.shapes import Deleted
from dialects.restdb.system_fields import ACTOR_FIELDS, BY_KEY, FIRST_VERSION, PARENT, STAMPS
from web.errors import status_of

_NAMES: Mapping[type[engine.Error], str] = {
    engine.Invalid: "BadRequest",
    engine.Unauthenticated: "Unauthorized",
}
Names = Mapping[str, str]


def envelope(error: engine.Error) -> dict[str, Any]:
    """Return `{name, message, list: [{field, message: [text, code], index?}], status}`."""
    name = "ValidationError" if error.errors else _NAMES.get(type(error), type(error).__name__)
    issues = [
        {"field": issue.field, "message": [issue.message, issue.code]}
        | ({} if issue.index is None else {"index": issue.index})
        for issue in error.errors
    ]
    return {"name": name, "message": error.message, "list": issues, "status": status_of(error)}


def as_validation_error(error: Exception) -> Exception:
    """Turn a conflict of a unique value into `Invalid`: this dialect reports it as a validation error."""
    if type(error) is engine.Conflict and error.errors:
        return engine.Invalid(error.message, errors=error.errors)
    return error


def document(item: dict[str, Any], *, metafields: bool, people: Names) -> dict[str, Any]:
    """Present a document, which is changed in place. `people` maps short ids of users to their addresses."""
    system = item.pop("_sys", None)
    parent = {name: item.pop(name) for name in PARENT if name in item}
    if metafields:
        item |= parent
        item |= stamps(system or {}, people=people)
    return item


def stamps(system: Mapping[str, Any], *, people: Names) -> dict[str, Any]:
    """Return the system fields for those members of `_sys` that are present."""
    values = {}
    for name, path in STAMPS.items():
        member = path.partition(".")[2]
        if member in system:
            values[name] = _stamp(name, system[member], people)
    return values


def _stamp(name: str, value: Any, people: Names) -> Any:
    if name == "_version":
        return value - FIRST_VERSION
    if name in ACTOR_FIELDS:
        return people.get(value, BY_KEY)
    return value


def actors(items: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the short ids of the users who created or changed the documents."""
    systems = [item.get("_sys", {}) for item in items]
    return {stamps[name] for stamps in systems for name in ("created_by", "updated_by") if name in stamps}


def deleted(ids: Iterable[Any]) -> Deleted:
    return {"result": list(ids)}


def totals(*, total: int | None, count: int, skip: int, limit: int) -> dict[str, Any]:
    return {"total": total, "count": count, "skip": skip, "max": limit}


def media(file: features.files.services.File, *, people: Names | None = None) -> dict[str, Any]:
    """Present a file as a record of the media archive."""
    sizes = {} if file.width is None else {"width": file.width, "height": file.height}
    return {
        "_id": file.id,
        "_created": file.at,
        "_createdby": (people or {}).get(file.by, BY_KEY),
        "app": "",
        "origname": file.name,
        "file": file.id,
        "mediatype": file.kind,
        "size": file.length,
        **sizes,
        "exif": file.exif,
    }
