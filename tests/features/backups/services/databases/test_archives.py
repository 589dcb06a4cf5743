"""Archives of single databases: written and loaded again, with progress, and refused where they are not whole."""

from __future__ import annotations

from pathlib import Path

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.models import Database
from catalog.services.stores.clusters import store
from features.backups.archive import Writer
from features.backups.locations import LocalFile
from features.backups.services.databases import archives
from features.backups.services.databases.definition import definition_of
from tests.features.backups.services.databases.conftest import again, digest_of

pytestmark = pytest.mark.django_db(transaction=True)


def write(path: Path, database: engine.Database) -> list[int]:
    """Write an archive and return the numbers of documents that were reported."""
    reported: list[int] = []
    archives.write_archive(path, database.id, database.physical, reported.append)
    return reported


def test_an_archive_is_below_the_directory_of_backups(own_directory: Path) -> None:
    assert archives.path_of("abc") == own_directory / "abc.tar"


def test_a_database_is_as_it_was(owner: PersonPrincipal, mine: engine.Database, tmp_path: Path) -> None:
    path, before = tmp_path / "new" / "b.tar", digest_of(mine)
    reported = write(path, mine)
    assert reported == sorted(reported) and reported[-1] >= 20
    assert path.parent.stat().st_mode & 0o077 == 0, "nobody else may read backups"
    assert archives.read_definition(path) == definition_of(mine.id)
    mine.collection("rows").delete(engine.Query(filter={"n": {"$gte": 0}}))
    assert digest_of(mine) != before
    loaded: list[int] = []
    archives.load_archive(path, mine.physical, loaded.append)
    assert digest_of(again(owner, mine.id)) == before
    assert max(loaded) == reported[-1]


def test_an_archive_is_loaded_in_another_database(mine: engine.Database, tmp_path: Path) -> None:
    path, physical = tmp_path / "b.tar", f"{mine.physical}_copy"
    write(path, mine)
    store()._client[physical].leftover.insert_one({"n": 1})
    try:
        archives.load_archive(path, physical, lambda documents: None)
        copied = {
            name for name in store()._client[physical].list_collection_names() if not name.startswith("system")
        }
        assert "leftover" not in copied, "what is in it already is dropped"
        rows = mine.specs["rows"].physical
        assert store().count(physical, rows, {}) == 20
    finally:
        store()._client.drop_database(physical)


def test_too_many_bytes(mine: engine.Database, tmp_path: Path, settings) -> None:
    settings.MAX_BACKUP_BYTES = 100
    with pytest.raises(engine.TooLarge, match="larger than 100 bytes"):
        write(tmp_path / "b.tar", mine)


def test_a_missing_database(mine: engine.Database, tmp_path: Path) -> None:
    Database.objects.filter(public_id=mine.id).update(state="dropping")
    with pytest.raises(engine.NotFound):
        write(tmp_path / "b.tar", mine)
    assert not (tmp_path / "b.tar").exists()


def test_archives_of_another_kind_are_refused(mine: engine.Database, tmp_path: Path) -> None:
    before = digest_of(mine)
    with Writer(LocalFile(tmp_path / "installation.tar"), "", "2030-01-01T00:00:00+00:00") as archive:
        archive.finish({"kind": "installation", "collections": []})
    (tmp_path / "text.tar").write_bytes(b"no archive at all")
    for name in ("installation.tar", "text.tar"):
        with pytest.raises(engine.Invalid):
            archives.read_definition(tmp_path / name)
        with pytest.raises(engine.Invalid):
            archives.load_archive(tmp_path / name, mine.physical, lambda documents: None)
    assert digest_of(mine) == before, "nothing is dropped before the archive was checked"


def test_half_an_archive_is_refused_before_anything_is_dropped(mine: engine.Database, tmp_path: Path) -> None:
    path, before = tmp_path / "b.tar", digest_of(mine)
    write(path, mine)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(engine.Invalid):
        archives.load_archive(path, mine.physical, lambda documents: None)
    assert digest_of(mine) == before
