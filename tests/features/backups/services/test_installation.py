"""Backups of an installation with the platform database of this process and documents in the real mongod."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

import accounts.services
import catalog.services
import engine
import features.files.services
import features.webhooks.services
from accounts.principal import PersonPrincipal
from catalog.models import Database
from catalog.services.access import invalidate, open_database
from datacube.local import paths
from features.backups import platform, services
from features.backups.archive import Writer, open_archive
from features.backups.locations import LocalFile
from features.webhooks.models import StreamPosition, Webhook

pytestmark = pytest.mark.django_db(transaction=True)
Mongo = MongoClient[dict[str, Any]]
FIELDS = [{"name": "n", "type": "number", "unique": True}, {"name": "text"}]


def quiet(done: int, total: int, name: str) -> None:
    assert 0 <= done <= total


@pytest.fixture(autouse=True)
def own_spool(settings: Any, tmp_path: Path) -> Path:
    settings.SPOOL = tmp_path / "spool"
    settings.SPOOL.mkdir()
    return tmp_path / "spool"


@pytest.fixture
def mongo(home: Path) -> Iterator[Mongo]:
    client: Mongo = MongoClient(paths.embedded_mongodb_uri())
    yield client
    client.close()


@pytest.fixture
def database(owner: PersonPrincipal, mongo: Mongo) -> Iterator[engine.Database]:
    """A database with documents, their history, a file, a webhook, and an index of each kind."""
    opened, _ = catalog.services.creation.create_database(
        owner, name=f"d_{secrets.token_hex(6)}", collections=[{"name": "rows", "fields": FIELDS}]
    )
    rows = opened.collection("rows")
    rows.insert([{"n": number, "text": "é" * number, "at": {"lon": 1.5, "lat": 2}} for number in range(300)])
    rows.update(engine.Query(filter={"n": 7}), engine.Change({"text": "seven"}))
    rows.delete(engine.Query(filter={"n": 8}))
    upload = features.files.services.Upload("a.txt", 3, io.BytesIO(b"abc"))
    features.files.services.upload(owner, opened.id, [upload])
    features.webhooks.services.create(owner, opened.id, collection="rows", url="https://example.com", events=None)
    physical = Database.objects.get(public_id=opened.id).physical
    text_index: list[tuple[str, str | int]] = [("text", "text"), ("n", -1)]
    mongo[physical][_first(mongo, physical)].create_index(text_index, name="words", default_language="german")
    yield opened
    mongo.drop_database(physical)


def _first(mongo: Mongo, physical: str) -> str:
    return next(name for name in sorted(mongo[physical].list_collection_names()) if name.startswith("rows"))


def stored(mongo: Mongo, physical: str) -> dict[str, Any]:
    return {
        name: (
            [*mongo[physical][name].find(sort=[("_id", 1)])],
            mongo[physical][name].index_information(),
            mongo[physical][name].options(),
        )
        for name in sorted(mongo[physical].list_collection_names())
    }


def rows_of_platform() -> dict[str, Any]:
    return {model._meta.label: [*model._base_manager.order_by("pk").values()] for model in platform.models()}


def lose_everything(mongo: Mongo, physical: str) -> None:
    platform.clear()
    mongo.drop_database(physical)


@pytest.mark.parametrize("password", ["", "a secret"])
def test_an_installation_comes_back_as_it_was(
    owner: PersonPrincipal, database: engine.Database, mongo: Mongo, tmp_path: Path, own_spool: Path, password: str
) -> None:
    key = accounts.services.keys.create_key(owner, name="k", actions=["read"])
    (own_spool / "job.json").write_bytes(b"[]" * 10)
    physical = Database.objects.get(public_id=database.id).physical
    before, rows = stored(mongo, physical), rows_of_platform()
    path = tmp_path / "backups" / "b.tar"
    summary = services.take(LocalFile(path), password=password, progress=quiet)
    assert (summary.databases, summary.size) == (1, path.stat().st_size)
    assert summary.documents == sum(len(documents) for documents, _, _ in before.values())
    assert summary.rows == sum(map(len, rows.values()))
    assert services.check(LocalFile(path), password=password) == summary

    lose_everything(mongo, physical)
    (own_spool / "job.json").unlink()
    mongo[physical]["left by a restore that was killed"].insert_one({})
    with pytest.raises(engine.Conflict, match=f"MongoDB has a database {physical} already"):
        services.restore(LocalFile(path), password=password, progress=quiet)
    assert mongo[physical].list_collection_names() == ["left by a restore that was killed"]
    assert services.restore(LocalFile(path), password=password, overwrite=True, progress=quiet) == summary

    assert stored(mongo, physical) == before
    assert (own_spool / "job.json").read_bytes() == b"[]" * 10
    positions = {row["position"] for row in Webhook.objects.values()}
    assert positions.isdisjoint(row["position"] for row in rows["webhooks.Webhook"])
    Webhook.objects.update(position=rows["webhooks.Webhook"][0]["position"])
    assert rows_of_platform() == rows
    invalidate(database.id)
    assert open_database(owner, database.id).collection("rows").count() == 299
    assert accounts.services.principals.principal_of_key(key.text or "").user_id == owner.user_id
    assert not StreamPosition.objects.exclude(position="").exists()


def test_a_restore_needs_an_empty_installation_of_the_same_kind(
    database: engine.Database, mongo: Mongo, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.tar"
    services.take(LocalFile(path), progress=quiet)
    physical = Database.objects.get(public_id=database.id).physical
    before, rows = stored(mongo, physical), rows_of_platform()

    def refused() -> str:
        with pytest.raises(engine.Conflict) as caught:
            services.restore(LocalFile(path), progress=quiet)
        assert stored(mongo, physical) == before
        return caught.value.message

    not_empty = "This installation has accounts or databases; a backup is restored into an empty one."
    assert refused() == not_empty
    assert rows_of_platform() == rows
    platform.clear()
    settings.SECRET_KEY = "another"
    assert refused().startswith("The backup's installation has another SECRET_KEY")
    monkeypatch.setattr(platform, "migrations", lambda: ["accounts.0001_initial"])
    assert refused().startswith("The backup is of another version: restore it with that one, then upgrade. ")
    with pytest.raises(engine.Conflict, match=r"There is a file .*b\.tar already"):
        services.take(LocalFile(path), progress=quiet)


def test_a_restore_that_differs_is_an_error(
    database: engine.Database, mongo: Mongo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.tar"
    services.take(LocalFile(path), progress=quiet)
    lose_everything(mongo, Database.objects.get(public_id=database.id).physical)
    monkeypatch.setattr(engine.Store, "load", lambda store, name, collection, batch: 0)
    with pytest.raises(engine.Conflict, match="differs from the backup after it was restored"):
        services.restore(LocalFile(path), progress=quiet)
    assert [model for model in platform.models() if model._base_manager.exists()] == []


def test_a_database_is_read_again_when_its_structure_changes(
    database: engine.Database, mongo: Mongo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    physical, path = Database.objects.get(public_id=database.id).physical, tmp_path / "b.tar"
    last = max(mongo[physical].list_collection_names())
    dump, reads = engine.Store.dump, []

    def with_a_change(store: engine.Store, name: str, collection: str) -> Any:
        reads.append(collection)
        yield from dump(store, name, collection)
        if len(reads) == 1:
            mongo[physical].drop_collection(last)
            mongo[physical][last].insert_one({"new": 1})

    monkeypatch.setattr(engine.Store, "dump", with_a_change)
    services.take(LocalFile(path), progress=quiet)
    assert reads.count(reads[0]) == reads.count(last) == 2
    monkeypatch.undo()
    before = stored(mongo, physical)
    lose_everything(mongo, physical)
    services.restore(LocalFile(path), progress=quiet)
    assert stored(mongo, physical) == before


def test_one_backup_at_a_time(tmp_path: Path, database: engine.Database) -> None:
    def second(done: int, total: int, name: str) -> None:
        with pytest.raises(engine.Conflict, match="Another backup is under way"):
            services.take(LocalFile(tmp_path / "c.tar"), progress=quiet)

    services.take(LocalFile(tmp_path / "b.tar"), progress=second)
    assert sorted(item.name for item in tmp_path.glob("*.tar")) == ["b.tar"]


def test_a_file_of_a_job_stays_in_the_spool(tmp_path: Path) -> None:
    platform.clear()
    path, forged = tmp_path / "b.tar", tmp_path / "c.tar"
    services.take(LocalFile(path), progress=quiet)
    with Writer(LocalFile(forged), "", "now") as archive:
        archive.add("spool/../outside/0", b"x")
        archive.finish(open_archive(LocalFile(path), password="").manifest)
    with pytest.raises(engine.Invalid, match=r"the name '\.\./outside'"):
        services.restore(LocalFile(forged), progress=quiet)
    assert not (tmp_path / "outside.json").exists()
