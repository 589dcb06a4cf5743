"""Backups that are restored beside other databases or over one, while nothing of others changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

import catalog.services
import catalog.services.stores.clusters
import engine
import features.files.services
from accounts.principal import PersonPrincipal, Scope
from audit.models import AuditEntry
from catalog.models import Collection, Database, State
from catalog.services.deletion import sweep
from features.backups.locations import LocalFile
from features.backups.services import databases, take
from features.backups.services.databases import restoring
from features.jobs import services
from features.jobs.models import Job
from tests.features.backups.services.databases.conftest import again, digest_of, new_database
from tests.tenants import key_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick_drops")]


def contents(database: engine.Database) -> tuple[list[dict[str, Any]], int]:
    rows = database.collection("rows")
    documents = rows.find(engine.Query(sort=(("n", 1),), limit=100)).documents
    changed = next(document["_id"] for document in documents if document["n"] == 70)
    return documents, len(rows.history.of_document(changed, skip=0, limit=10).documents)


def test_beside_the_others(owner: PersonPrincipal, mine: engine.Database, backup: str, make_principal: Any) -> None:
    other = new_database(make_principal(), "other")
    before, digests = contents(mine), (digest_of(mine), digest_of(other))
    job_id, new = databases.submit_copy(owner, backup, name="Beside")
    entry = AuditEntry.objects.get(detail__job=job_id)
    assert (entry.action, entry.team_id, entry.database_id) == ("recovery.submit", owner.home_team, new)
    services.run(job_id)
    status = services.status(owner, job_id)
    assert (status.state, status.result["database_id"]) == ("done", new)
    restored = again(owner, new)
    assert (restored.name, contents(restored), digest_of(restored)) == ("beside", before, digests[0])
    assert restored.collection("rows").indexes.names() == mine.collection("rows").indexes.names()
    files, _ = features.files.services.list_files(owner, new, search="", page=1, page_size=10)
    assert [file.name for file in files] == ["a.txt"]
    assert restored.collection("rows").insert([{"n": 99}])
    assert (digest_of(mine), digest_of(other)) == digests
    with pytest.raises(engine.Conflict, match="has a database named"):
        databases.submit_copy(owner, backup, name="beside")
    for name in ("", "a/b", None, 7):
        with pytest.raises(engine.Invalid):
            databases.submit_copy(owner, backup, name=name)


def test_over_the_database(owner: PersonPrincipal, mine: engine.Database, backup: str, make_principal: Any) -> None:
    other = new_database(make_principal(), "other")
    before, digest, of_other = contents(mine), digest_of(mine), digest_of(other)
    mine.collection("rows").delete(engine.Query(filter={"n": {"$gt": 3}}))
    catalog.services.creation.add_collections(
        owner, mine.id, collections=[{"name": "later", "fields": [{"name": "a"}]}]
    )
    catalog.services.deletion.drop_collections(owner, mine.id, names=["empty"])
    rows = Collection.objects.get(name="rows", database__public_id=mine.id)

    job_id = databases.submit_restore(owner, backup)
    services.run(job_id)
    assert services.status(owner, job_id).state == "done"
    restored = again(owner, mine.id)
    assert (restored.name, [*restored.specs]) == ("mine", ["rows", "empty"])
    assert (contents(restored), digest_of(restored)) == (before, digest)
    assert Collection.objects.get(name="rows", database__public_id=mine.id).pk == rows.pk
    assert digest_of(other) == of_other
    dropping = Database.objects.get(state=State.DROPPING)
    assert dropping.physical == mine.physical
    Database.objects.filter(pk=dropping.pk).update(changed_at="2020-01-01T00:00:00Z")
    sweep()
    assert catalog.services.stores.clusters.store().layouts(mine.physical) == []
    assert contents(again(owner, mine.id)) == before


def test_a_dropped_database_is_restored_under_a_name(
    owner: PersonPrincipal, mine: engine.Database, backup: str
) -> None:
    before = contents(mine)
    catalog.services.deletion.drop_database(owner, mine.id, confirmation="mine")
    with pytest.raises(engine.NotFound):
        databases.submit_restore(owner, backup)
    job_id, new = databases.submit_copy(owner, backup, name="mine")
    services.run(job_id)
    assert contents(again(owner, new)) == before


@pytest.mark.parametrize("over", [True, False])
def test_the_worker_after_a_dead_one_continues(
    owner: PersonPrincipal, mine: engine.Database, backup: str, monkeypatch: pytest.MonkeyPatch, over: bool
) -> None:
    digest = digest_of(mine)
    job_id, new = (
        (databases.submit_restore(owner, backup), mine.id)
        if over
        else databases.submit_copy(owner, backup, name="new")
    )

    class Died(BaseException):
        """Nothing catches it, as nothing catches `kill -9`."""

    def run_and_die(module: Any, name: str) -> None:
        do = getattr(module, name)

        def die(*arguments: Any, **named: Any) -> None:
            do(*arguments, **named)
            raise Died

        with monkeypatch.context() as patch:
            patch.setattr(module, name, die)
            with pytest.raises(Died):
                services.run(job_id)
        Job.objects.filter(pk=job_id).update(lease_until=timezone.now() - timedelta(seconds=1))

    run_and_die(restoring, "load_archive")
    run_and_die(restoring.restoration, "replace" if over else "publish")
    services.run(job_id)
    assert services.status(owner, job_id).state == "done"
    assert digest_of(again(owner, new)) == digest


def test_a_damaged_archive_is_never_seen(owner: PersonPrincipal, mine: engine.Database, backup: str) -> None:
    digest = digest_of(mine)
    path = databases.path_of(backup)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    job_id = databases.submit_restore(owner, backup)
    services.run(job_id)
    assert services.status(owner, job_id).state == "failed"
    assert digest_of(again(owner, mine.id)) == digest
    assert [*Database.objects.exclude(public_id=mine.id).values_list("state", flat=True)] == [State.DROPPING]
    path.unlink()
    with pytest.raises(engine.Conflict, match="does not exist"):
        databases.submit_restore(owner, backup)


def test_what_a_restore_needs(
    owner: PersonPrincipal, mine: engine.Database, backup: str, make_principal: Callable[..., PersonPrincipal]
) -> None:
    with pytest.raises(engine.Forbidden, match="'own'"):
        databases.submit_restore(key_of(owner, Scope(engine.ALL_ACTIONS - {engine.Action.OWN})), backup)
    with pytest.raises(engine.Forbidden, match="may not create"):
        databases.submit_copy(key_of(owner, Scope(engine.ALL_ACTIONS, frozenset({mine.id}))), backup, name="x")
    for submit in (databases.submit_restore, lambda who, which: databases.submit_copy(who, which, name="x")):
        with pytest.raises(engine.NotFound):
            submit(make_principal(), backup)
    assert Job.objects.filter(task="recovery").count() == 0


def test_an_archive_is_restored_for_another_person(
    mine: engine.Database, backup: str, make_principal: Callable[..., PersonPrincipal], capsys: Any
) -> None:
    before, path, other = contents(mine), databases.path_of(backup), make_principal()
    call_command("restore", str(path), "--owner", other.email.upper(), "--name", "Moved")
    new = capsys.readouterr().out.strip().removeprefix("Restored the archive as ").removesuffix(".")
    moved = again(other, new)
    assert (moved.name, contents(moved), digest_of(moved)) == ("moved", before, digest_of(mine))
    with pytest.raises(CommandError, match="No active user"):
        call_command("restore", str(path), "--owner", "nobody@example.com")
    with pytest.raises(CommandError, match="has a database named"):
        call_command("restore", str(path), "--owner", other.email, "--name", "moved")
    with pytest.raises(CommandError, match="--name is for"):
        call_command("restore", str(path), "--name", "x")


def test_an_archive_of_another_version_is_refused(
    owner: PersonPrincipal, backup: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = (*restoring.restoration.COLLECTION_COLUMNS, "later")
    monkeypatch.setattr(restoring.restoration, "COLLECTION_COLUMNS", columns)
    path = databases.path_of(backup)
    with pytest.raises(engine.Conflict, match="of another version"):
        databases.restore_file(path, team=owner.home_team, name="x", progress=lambda count: None)


def test_a_backup_of_the_installation_is_no_archive(owner: PersonPrincipal, tmp_path: Path, settings: Any) -> None:
    settings.SPOOL = tmp_path
    take(LocalFile(tmp_path / "b.tar"), progress=lambda done, total, name: None)
    with pytest.raises(engine.Invalid, match="not the archive of a database"):
        databases.restore_file(tmp_path / "b.tar", team=owner.home_team, name="x", progress=lambda count: None)
