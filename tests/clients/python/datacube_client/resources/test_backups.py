"""Backups by both clients."""

from __future__ import annotations

import io
import secrets
import tarfile
from typing import Any

import httpx
import pytest

from datacube_client import Database, NotFoundError
from datacube_client.resources.backups import Backups
from tests.support import Tenant, make_database


@pytest.fixture
def saved(driver: Any, anna: Tenant, http: httpx.Client) -> Database:
    """Return a database of its own with one document, since a restore replaces it."""
    database = Database(driver, make_database(http, anna.bearer)[0])
    database.collection("films").insert([{"Title": "A"}])
    return database


def test_a_backup_from_its_creation_to_its_deletion(driver: Any, saved: Database) -> None:
    backups, name = Backups(driver), f"d_{secrets.token_hex(6)}"
    created = backups.create(saved.id)
    (listed,) = backups.list(database_id=saved.id, page_size=1)
    assert (listed["backup_id"], listed["size"]) == (created["backup_id"], created["size"])
    archive = b"".join(backups.download(listed["download_url"]))
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert tar.getnames()[-1] == "manifest.json"
    saved.collection("films").insert([{"Title": "B"}])
    beside = Database(driver, backups.restore(created["backup_id"], name=name)["database_id"])
    assert [film["Title"] for film in beside.collection("films").find()] == ["A"]
    assert backups.restore(created["backup_id"], over=True)["database_id"] == saved.id
    assert [film["Title"] for film in saved.collection("films").find()] == ["A"]
    beside.drop(confirmation=name)
    backups.delete(created["backup_id"])
    with pytest.raises(NotFoundError):
        backups.restore(created["backup_id"], over=True)
