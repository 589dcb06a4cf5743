"""Imports in this process: jobs that a test accepts and then runs, breaks or finds half done."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import catalog.services
import engine
from accounts.principal import Principal
from features.jobs.models import Job
from features.jobs.services import imports

FIELDS = [{"name": "n", "type": "number"}]
Accept = Callable[..., Job]


def rows_of(count: int) -> list[dict[str, Any]]:
    return [{"n": number} for number in range(count)]


@pytest.fixture(autouse=True)
def own_spool(settings: Any, tmp_path: Path) -> Path:
    settings.SPOOL = tmp_path / "spool"
    return settings.SPOOL


@pytest.fixture(autouse=True)
def small_batches(settings: Any) -> None:
    settings.IMPORT_BATCH_DOCUMENTS = 10


@pytest.fixture
def database(owner: Principal) -> engine.Database:
    """Create a database with the collection `films`, which has a document that no import inserted."""
    created, _ = catalog.services.creation.create_database(
        owner, name="first", collections=[{"name": "films", "fields": FIELDS}]
    )
    created.collection("films").insert([{"n": -1}])
    return created


@pytest.fixture
def accept(owner: Principal, database: engine.Database) -> Accept:
    """Return `accept(documents, collection="films")`, which submits an import; bytes are a file as they are."""

    def accept(content: Any, *, collection: str = "films", principal: Principal = owner, **options: Any) -> Job:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        job_id = imports.submit_import(
            principal,
            database_id=database.id,
            collection=collection,
            file_name="films.json",
            file=io.BytesIO(raw),
            size=len(raw),
            **options,
        )
        return Job.objects.get(pk=job_id)

    return accept


@pytest.fixture
def numbers(owner: Principal, database: engine.Database) -> Callable[..., list[int] | None]:
    """Return the sorted `n` of every document of a collection, or None where the collection does not exist."""

    def look(collection: str = "films") -> list[int] | None:
        catalog.services.access.invalidate(database.id)
        opened = catalog.services.access.open_database(owner, database.id)
        if collection not in opened.specs:
            return None
        page = opened.collection(collection).find(engine.Query(sort=(("n", 1),), limit=1000))
        return [item["n"] for item in page.documents]

    return look
