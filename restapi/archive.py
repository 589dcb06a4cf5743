"""Records of the media archive in place of the ids that documents hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings

import engine
import files.services
from catalog.services import names_of
from restapi import render

_ID = re.compile(r"[0-9a-f]{32}")


def fetch_records(documents: Iterable[dict[str, Any]], database: engine.Database) -> None:
    """Replaces ids of files, alone or in arrays, in the fields of documents; what is no file's id stays."""
    documents = list(documents)
    ids = {item for document in documents for value in document.values() for item in _ids(value)}
    if len(ids) > settings.MAX_EXPANDED:
        raise engine.TooLarge(f"At most {settings.MAX_EXPANDED} files at once (MAX_EXPANDED).")
    found = files.services.describe_all(database, sorted(ids))
    people = names_of(database, {file.by for file in found.values()})
    records = {name: render.media(file, people=people) for name, file in found.items()}
    for document in documents:
        for name, value in document.items():
            if any(item in records for item in _ids(value)):
                document[name] = [_record(item, records) for item in (value if type(value) is list else [value])]


def _ids(value: Any) -> list[str]:
    items = value if type(value) is list else [value]
    return [item for item in items if type(item) is str and _ID.fullmatch(item)]


def _record(item: Any, records: dict[str, Any]) -> Any:
    return records.get(item, item) if type(item) is str else item
