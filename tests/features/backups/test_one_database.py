"""One database of a backup, restored into an installation in use."""

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
import features.jobs.services
import identity.services
from accounts.principal import PersonPrincipal
from catalog.models import Collection, Database, State
from catalog.services.access import invalidate, open_database
from catalog.services.deletion import sweep
from datacube.local import paths
from features.backups import services
from features.backups.locations import LocalFile
from features.backups.one_database import restore_database
from tests.engine.jobs.test_restore import moment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick_drops")]
FIELDS = [{"name": "n", "type": "number", "unique": True}]


def quiet(done: int, total: int, name: str) -> None:
    assert 0 <= done <= total


def new_database(owner: PersonPrincipal, name: str) -> engine.Database:
    opened, _ = catalog.services.creation.create_database(
        owner, name=name, collections=[{"name": "rows", "fields": FIELDS}]
    )
    rows = opened.collection("rows")
    rows.insert([{"n": number, "of": name} for number in range(20)])
    rows.update(engine.Query(filter={"n": 7}), engine.Change({"n": 70}))
    return opened


def contents(principal: PersonPrincipal, database_id: str) -> tuple[list[dict[str, Any]], int]:
    invalidate(database_id)
    rows = open_database(principal, database_id).collection("rows")
    documents = rows.find(engine.Query(sort=(("n", 1),), limit=100)).documents
    changed = next(document["_id"] for document in documents if document["n"] == 70)
    return documents, len(rows.history.of_document(changed, skip=0, limit=10).documents)


@pytest.fixture(autouse=True)
def dropped_at_the_end(home: Path) -> Iterator[None]:
    yield
    with MongoClient[dict[str, Any]](paths.embedded_mongodb_uri()) as client:
        for physical in Database.objects.values_list("physical", flat=True):
            client.drop_database(physical)


def test_a_database_is_restored_beside_and_after_it_was_dropped(
    owner: PersonPrincipal, make_principal: Any, tmp_path: Path, settings: Any
) -> None:
    settings.SPOOL = tmp_path
    mine, other = new_database(owner, "mine"), new_database(make_principal(), "other")
    upload = features.files.services.Upload("a.txt", 3, io.BytesIO(b"abc"))
    features.files.services.upload(owner, mine.id, [upload])
    definition = {"name": "hers", "algorithm": "HS256", "key": "k" * 40}
    issuer = identity.services.add_issuer(owner, mine.id, definition=definition).id
    key = accounts.services.keys.create_key(owner, name="k", databases=[mine.id])
    path = tmp_path / "b.tar"
    services.take(LocalFile(path), progress=quiet)
    before = contents(owner, mine.id)
    mine.collection("rows").delete(engine.Query(filter={"n": {"$gt": 3}}))
    others = [*Database.objects.exclude(public_id=mine.id).values(), *Collection.objects.values()]

    with pytest.raises(engine.Conflict, match="The team has a database named 'mine' already"):
        restore_database(LocalFile(path), mine.id, progress=quiet)
    beside, _ = restore_database(LocalFile(path), mine.id, name="beside", progress=quiet)
    assert beside != mine.id
    assert contents(owner, beside) == before
    files, _ = features.files.services.list_files(owner, beside, search="", page=1, page_size=10)
    assert [file.name for file in files] == ["a.txt"]
    assert open_database(owner, mine.id).collection("rows").count() == 4
    assert [
        *Database.objects.exclude(public_id__in=[mine.id, beside]).values(),
        *Collection.objects.exclude(database__public_id=beside).values(),
    ] == others

    catalog.services.deletion.drop_database(owner, mine.id, confirmation="mine")
    with pytest.raises(engine.Conflict, match="still being dropped"):
        restore_database(LocalFile(path), mine.id, progress=quiet)
    for rows in (Database.objects, Collection.objects):
        rows.filter(state=State.DROPPING).update(changed_at="2020-01-01T00:00:00Z")
    sweep()
    assert restore_database(LocalFile(path), mine.id, progress=quiet) == (mine.id, {})
    assert contents(owner, mine.id) == before
    assert [item.id for item in identity.services.list_issuers(owner, mine.id)] == [issuer]
    by_key = accounts.services.principals.principal_of_key(key.text or "")
    assert open_database(by_key, mine.id).collection("rows").count() == 20
    assert open_database(by_key, mine.id).name == "mine"
    assert Database.objects.get(public_id=other.id).state == State.READY


def test_a_restore_that_fails_is_never_seen(
    owner: PersonPrincipal, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SPOOL = tmp_path
    name = f"d_{secrets.token_hex(4)}"
    mine, path = new_database(owner, name), tmp_path / "b.tar"
    services.take(LocalFile(path), progress=quiet)
    with pytest.raises(engine.NotFound, match="has no database 0123"):
        restore_database(LocalFile(path), "0123", progress=quiet)
    monkeypatch.setattr(engine.Store, "load", lambda store, name, collection, batch: 0)
    with pytest.raises(engine.Conflict, match="differs from the backup after it was restored"):
        restore_database(LocalFile(path), mine.id, name="new", progress=quiet)
    states = Database.objects.exclude(public_id=mine.id).values_list("state", flat=True)
    assert [*states] == [State.DROPPING]


def test_a_database_is_restored_as_of_a_time(owner: PersonPrincipal, tmp_path: Path, settings: Any) -> None:
    settings.SPOOL = tmp_path
    mine, path = new_database(owner, f"d_{secrets.token_hex(4)}"), tmp_path / "b.tar"
    at = moment()
    before = [item["n"] for item in contents(owner, mine.id)[0]]
    changes = {"operations": [{"op": "retype", "field": {"name": "n", "type": "number"}}]}
    features.jobs.services.run(
        features.jobs.services.change_schema(owner, mine.id, "rows", changes=changes, dry_run=False)
    )
    mine.collection("rows").delete(engine.Query(filter={"n": {"$gt": 3}}))
    services.take(LocalFile(path), progress=quiet)
    field = {"name": "n", "type": "number"}
    counts = {
        "changed": 0,
        "deleted": 0,
        "restored": 16,
        "schema_changes": [{"field": "n", "then": {**field, "unique": True}, "now": field}],
        "schema_restored": True,
    }
    expected = {"collections": {"rows": counts}, "skipped": []}
    _, tried = restore_database(LocalFile(path), mine.id, name="tried", at=at, dry_run=True, progress=quiet)
    assert tried == expected
    assert [*Database.objects.exclude(public_id=mine.id).values_list("state", flat=True)] == [State.DROPPING]
    new, result = restore_database(LocalFile(path), mine.id, name="then", at=at, progress=quiet)
    assert result == expected
    assert [item["n"] for item in contents(owner, new)[0]] == before
    with pytest.raises(engine.Conflict):
        open_database(owner, new).collection("rows").insert([{"n": 5}])
