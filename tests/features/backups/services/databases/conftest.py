"""Databases of two tenants, and backups that are taken and restored in this process."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

import catalog.services
import engine
import features.files.services
from accounts.principal import PersonPrincipal
from catalog.models import Database
from catalog.services.access import invalidate, open_database
from catalog.services.stores.clusters import store
from datacube.local import paths
from engine.indexes import NewIndex
from features.backups.services import databases
from features.jobs import services

FIELDS = [{"name": "n", "type": "number", "unique": True}, {"name": "no", "type": "autonumber"}]


@pytest.fixture(autouse=True)
def own_directory(settings: Any, tmp_path: Path) -> Path:
    settings.DATABASE_BACKUP_DIRECTORY = tmp_path / "backups"
    return settings.DATABASE_BACKUP_DIRECTORY


@pytest.fixture(autouse=True)
def dropped_at_the_end(home: Path) -> Iterator[None]:
    yield
    with MongoClient[dict[str, Any]](paths.embedded_mongodb_uri()) as client:
        for physical in Database.objects.values_list("physical", flat=True):
            client.drop_database(physical)


def new_database(owner: PersonPrincipal, name: str) -> engine.Database:
    """Create a database with documents, versions, an index and a file."""
    collections = [{"name": "rows", "fields": FIELDS}, {"name": "empty", "fields": [{"name": "a"}]}]
    opened, _ = catalog.services.creation.create_database(owner, name=name, collections=collections)
    rows = opened.collection("rows")
    rows.insert([{"n": number, "of": name} for number in range(20)])
    rows.update(engine.Query(filter={"n": 7}), engine.Change({"n": 70}))
    rows.indexes.create(NewIndex([("of", 1)]))
    features.files.services.upload(
        owner, opened.id, [features.files.services.Upload("a.txt", 3, io.BytesIO(b"abc"))]
    )
    return opened


@pytest.fixture
def mine(owner: PersonPrincipal) -> engine.Database:
    return new_database(owner, "mine")


@pytest.fixture
def backup(owner: PersonPrincipal, mine: engine.Database) -> str:
    """Take a backup and return its id."""
    job_id = databases.submit_backup(owner, mine.id)
    services.run(job_id)
    assert services.status(owner, job_id).state == "done"
    return job_id


def digest_of(database: engine.Database) -> str:
    """Return the hash of all that MongoDB holds of a database: layouts and documents of every collection."""
    digest = hashlib.sha256()
    for name, layout in store().layouts(database.physical):
        if not name.startswith("_"):
            digest.update(name.encode() + layout)
            for _, batch in store().dump(database.physical, name):
                digest.update(batch)
    return digest.hexdigest()


def again(principal: PersonPrincipal, database_id: str) -> engine.Database:
    invalidate(database_id)
    return open_database(principal, database_id)


Reopen = Callable[[str], engine.Database]
