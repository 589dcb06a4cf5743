"""Files: their documents, contents in the media archive, and what is left of neither."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.services.access import open_database
from catalog.services.creation import create_empty_database
from dialects.communibase.documents.contents import FileBody
from dialects.communibase.entity_types.catalog import EntityTypes
from dialects.communibase.resources.files import FILE, FileDocuments, with_files
from engine.handles import Blobs
from tests.support import MISSING_ID


@pytest.fixture
def database_id(owner: PersonPrincipal) -> str:
    return create_empty_database(owner, name="first").id


def opened(owner: PersonPrincipal, database_id: str) -> FileDocuments:
    """Return the files of a database as a new request opens them."""
    database = with_files(open_database(owner, database_id, collection=FILE))
    types = EntityTypes.of(database)
    entity_type = types.get(FILE)
    assert entity_type is not None
    return FileDocuments(database, types, entity_type, owner)


@pytest.fixture
def files(owner: PersonPrincipal, database_id: str) -> FileDocuments:
    return opened(owner, database_id)


def archived(files: FileDocuments) -> int:
    """Return the number of files in the media archive."""
    return Blobs(files.database).page("", skip=0, limit=9)[1]


def content_of(files: FileDocuments, id: Any) -> bytes:
    return files.open(str(id)).read()


def test_the_first_file_creates_the_collection(
    owner: PersonPrincipal, database_id: str, files: FileDocuments
) -> None:
    assert files.collection.find(engine.Query()).documents == []
    assert FILE not in open_database(owner, database_id).specs
    uploaded = files.upload("a.txt", b"content", {"by": "me"})
    again = opened(owner, database_id)
    assert again.one(str(uploaded["_id"]), {}) == uploaded
    assert with_files(again.database) is again.database
    assert (uploaded["filename"], uploaded["length"], uploaded["metadata"]) == ("a.txt", 7, {"by": "me"})
    assert "contentId" not in uploaded
    assert content_of(again, uploaded["_id"]) == b"content"


def test_a_file_without_content(owner: PersonPrincipal, database_id: str, files: FileDocuments) -> None:
    created = files.create({"filename": "a.txt", "length": 99, "contentId": "x", "contentType": "y"})
    assert set(created) & {"length", "contentId", "contentType", "uploadDate"} == set()
    again = opened(owner, database_id)
    id = str(created["_id"])
    with pytest.raises(engine.NotFound):
        again.open(id)
    merged = again.merge(id, FileBody({}, b"new"))
    assert (merged["filename"], merged["length"]) == ("a.txt", 3)
    assert content_of(again, id) == b"new"
    again.destroy(id)
    assert archived(again) == 0


def test_a_new_content_replaces_the_former(owner: PersonPrincipal, database_id: str, files: FileDocuments) -> None:
    id = str(files.upload("a.txt", b"old", {})["_id"])
    again = opened(owner, database_id)
    assert again.merge(id, FileBody({"filename": "b.txt"}, None))["filename"] == "b.txt"
    assert content_of(again, id) == b"old"
    unchanged = again.merge(id, FileBody({}, None))
    assert unchanged == again.one(id, {})
    again.merge(id, FileBody({"length": 99}, b"newer"))
    assert (content_of(again, id), again.one(id, {})["length"]) == (b"newer", 5)
    assert archived(again) == 1


def test_what_is_refused_leaves_no_content(owner: PersonPrincipal, database_id: str, files: FileDocuments) -> None:
    id = str(files.upload("a.txt", b"old", {})["_id"])
    again = opened(owner, database_id)
    with pytest.raises(engine.Invalid):
        again.merge(id, FileBody({"metadata": "no object"}, b"new"))
    with pytest.raises(engine.Invalid):
        again.merge(id, FileBody({"_id": MISSING_ID}, b"new"))
    with pytest.raises(engine.NotFound):
        again.merge(MISSING_ID, FileBody({}, b"new"))
    assert (archived(again), content_of(again, id)) == (1, b"old")
