"""Backups of one database: taken, listed for those who may read them, and deleted."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

import engine
from accounts.principal import PersonPrincipal, Principal, Scope
from audit.models import AuditEntry
from features.backups.archive import open_archive
from features.backups.locations import LocalFile
from features.backups.models import DatabaseBackup
from features.backups.services import databases
from features.backups.services.databases import taking
from features.jobs import services
from features.jobs.models import Job
from tests.features.backups.services.databases.conftest import new_database
from tests.tenants import key_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick_drops")]
ALL: dict[str, Any] = {"database_id": "", "page": 1, "page_size": 10}


def test_a_backup_is_listed(
    owner: PersonPrincipal, mine: engine.Database, backup: str, make_principal: Any
) -> None:
    (item,), total = databases.list_backups(owner, **ALL)
    assert (item.id, item.database_id, item.name, total) == (backup, mine.id, "mine", 1)
    assert item.collections == ["rows", "empty"]
    assert item.size == databases.path_of(backup).stat().st_size
    status = services.status(owner, backup)
    assert status.result == {"backup_id": backup, "documents": item.documents, "bytes": item.size}
    names = {
        entry["name"].partition("_")[0]
        for entry in open_archive(LocalFile(databases.path_of(backup)), password="").manifest["collections"]
    }
    assert names == {"rows", "empty", "media.files", "media.chunks"}

    for principal, database_id in ((owner, "a" * 24), (make_principal(), mine.id)):
        with pytest.raises(engine.NotFound):
            databases.list_backups(principal, **{**ALL, "database_id": database_id})
    assert databases.list_backups(make_principal(), **ALL) == ([], 0)
    for scope in (Scope(engine.ALL_ACTIONS, frozenset({"a" * 24})), Scope(frozenset({engine.Action.READ}))):
        assert databases.list_backups(key_of(owner, scope), **ALL) == ([], 0)
    with pytest.raises(engine.NotFound):
        databases.visible_backup(make_principal(), backup)
    with pytest.raises(engine.NotFound):
        databases.visible_backup(owner, "0" * 32)


def test_a_team_has_a_number_of_backups(
    owner: PersonPrincipal, mine: engine.Database, backup: str, settings: Any
) -> None:
    settings.MAX_BACKUPS = 2
    waiting = databases.submit_backup(owner, mine.id)
    with pytest.raises(engine.TooLarge, match="MAX_BACKUPS"):
        databases.submit_backup(owner, mine.id)
    services.run(waiting)
    with pytest.raises(engine.TooLarge):
        databases.submit_backup(owner, mine.id)
    databases.delete_backup(owner, backup)
    assert not databases.path_of(backup).exists()
    databases.submit_backup(owner, mine.id)
    recorded = AuditEntry.objects.filter(database_id=mine.id, action__startswith="backup.").order_by("pk")
    assert [entry.action for entry in recorded] == [*["backup.submit"] * 2, "backup.delete", "backup.submit"]


@pytest.mark.parametrize("missing", [engine.Action.READ, engine.Action.DESIGN])
def test_what_a_backup_needs(
    owner: PersonPrincipal, mine: engine.Database, make_principal: Callable[..., Principal], missing: engine.Action
) -> None:
    key = key_of(owner, Scope(engine.ALL_ACTIONS - {missing}))
    with pytest.raises(engine.Forbidden, match=missing.value):
        databases.submit_backup(key, mine.id)
    with pytest.raises(engine.NotFound):
        databases.submit_backup(make_principal(), mine.id)
    assert Job.objects.count() == 0


def test_who_may_delete_a_backup(owner: PersonPrincipal, backup: str, make_principal: Any) -> None:
    with pytest.raises(engine.Forbidden, match="'own'"):
        databases.delete_backup(key_of(owner, Scope(engine.ALL_ACTIONS - {engine.Action.OWN})), backup)
    with pytest.raises(engine.NotFound):
        databases.delete_backup(make_principal(), backup)
    assert databases.path_of(backup).exists()


def test_a_backup_that_is_too_large_leaves_nothing(
    owner: PersonPrincipal, mine: engine.Database, settings: Any, own_directory: Path
) -> None:
    settings.MAX_BACKUP_BYTES = 1
    job_id = databases.submit_backup(owner, mine.id)
    services.run(job_id)
    status = services.status(owner, job_id)
    assert (status.state, "MAX_BACKUP_BYTES" in status.message) == ("failed", True)
    assert [*own_directory.iterdir()] == []
    assert not DatabaseBackup.objects.exists()


def test_a_structure_that_changes_meanwhile_is_read_again(
    owner: PersonPrincipal, mine: engine.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = databases.submit_backup(owner, mine.id)
    with monkeypatch.context() as patch:
        definitions = iter([{"name": "a"}, {"name": "b"}])
        patch.setattr("features.backups.services.databases.archives.definition_of", lambda _: next(definitions))
        services.run(job_id)
    assert services.status(owner, job_id).state == "running"
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    services.run(job_id)
    assert services.status(owner, job_id).state == "done"


def test_archives_that_belong_to_nobody_are_deleted(backup: str, own_directory: Path) -> None:
    orphan, new = own_directory / "a.tar", own_directory / "b.tar"
    for path in (orphan, new):
        path.touch()
    for path in (orphan, databases.path_of(backup)):
        os.utime(path, (0, 0))
    taking.remove_orphans()
    assert sorted(path.name for path in own_directory.iterdir()) == sorted([f"{backup}.tar", "b.tar"])


def test_another_database_has_backups_of_its_own(owner: PersonPrincipal, backup: str) -> None:
    other = new_database(owner, "other")
    assert databases.list_backups(owner, **{**ALL, "database_id": other.id}) == ([], 0)
