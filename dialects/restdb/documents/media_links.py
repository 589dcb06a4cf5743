"""Records of the media archive, or their addresses, in place of the ids that documents hold."""

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
    """Replaces ids of files, alone or in arrays, in the fields of documents; what is no file's id stays."""
    found = _files(documents, database)
    people = names_of(database, {file.by for file in found.values()})
    _replace(documents, {name: render.media(file, people=people) for name, file in found.items()})


def link_records(documents: Sequence[dict[str, Any]], database: engine.Database, *, base: str) -> None:
    """As `fetch_records`, with the addresses of the files, below the database as the caller named it."""
    found = _files(documents, database)
    _replace(documents, {name: f"{settings.BASE_URL}/db/{quote(base)}/media/{name}" for name in found})


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
