"""Documents as this dialect answers with them: the stamps of the service as `updatedAt` and `updatedBy`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import engine
from dialects.communibase.entity_types.model import UPDATED_AT, UPDATED_BY, EntityType
from dialects.communibase.people import names_of
from dialects.communibase.query.names import stored_path


def projection(entity_type: EntityType, fields: Mapping[str, int]) -> dict[str, int]:
    """Return the projection of stored documents for one of attributes. `_id` is always read."""
    return {stored_path(entity_type, path): included for path, included in fields.items()}


def present(
    database: engine.Database, entity_type: EntityType, documents: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Present stored documents, which are changed in place."""
    names = names_of(database, _actors(documents))
    return [_present(document, entity_type, names) for document in documents]


def _present(document: dict[str, Any], entity_type: EntityType, names: Mapping[str, str]) -> dict[str, Any]:
    system = _system(document.pop("_sys", None))
    if "updated" in system and UPDATED_AT not in entity_type.by_title:
        document[UPDATED_AT] = system["updated"]
    if "updated_by" in system and UPDATED_BY not in entity_type.by_title:
        document[UPDATED_BY] = names[system["updated_by"]]
    return document


def _actors(documents: Iterable[Mapping[str, Any]]) -> set[str]:
    systems = (_system(document.get("_sys")) for document in documents)
    return {system["updated_by"] for system in systems if "updated_by" in system}


def _system(value: Any) -> Mapping[str, Any]:
    """Return the stamps of a document; none where a pipeline computed something else of that name."""
    return value if type(value) is dict and type(value.get("updated_by", "")) is str else {}
