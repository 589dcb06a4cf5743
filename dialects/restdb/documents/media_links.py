"""Replacement of file ids in documents by records of the media archive or by addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.conf import settings

import engine
import features.files.services
from dialects.restdb import render
from identity.services import names_of

_ID = re.compile(r"[0-9a-f]{32}")


def fetch_records(documents: Sequence[dict[str, Any]], database: engine.Database) -> None:
    """Replace file ids in fields and arrays by records of the media archive. Unknown ids stay."""
    files = _files(documents, database)
    people = names_of(database, {file.by for file in files.values()})
    _replace(documents, {file_id: render.media(file, people=people) for file_id, file in files.items()})


def link_records(documents: Sequence[dict[str, Any]], database: engine.Database, *, base: str) -> None:
    """Replace file ids by the files' addresses; `base` is the database as the caller named it."""
    files = _files(documents, database)
    _replace(documents, {file_id: f"{settings.BASE_URL}/db/{quote(base)}/media/{file_id}" for file_id in files})


def _files(
    documents: Sequence[dict[str, Any]], database: engine.Database
) -> dict[str, features.files.services.File]:
    ids = {item for document in documents for value in document.values() for item in _ids(value)}
    if len(ids) > settings.MAX_EXPANDED:
        raise engine.TooLarge(f"At most {settings.MAX_EXPANDED} files at once (MAX_EXPANDED).")
    return features.files.services.describe_all(database, sorted(ids))


def _replace(documents: Sequence[dict[str, Any]], records: Mapping[str, Any]) -> None:
    for document in documents:
        for name, value in document.items():
            if any(item in records for item in _ids(value)):
                document[name] = [_record(item, records) for item in (value if type(value) is list else [value])]


def _ids(value: Any) -> list[str]:
    items = value if type(value) is list else [value]
    return [item for item in items if type(item) is str and _ID.fullmatch(item)]


def _record(item: Any, records: Mapping[str, Any]) -> Any:
    return records.get(item, item) if type(item) is str else item
