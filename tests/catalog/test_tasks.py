"""Background tasks of the catalog: what each removes, and transactions of killed processes."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

import engine
from accounts.principal import PersonPrincipal
from catalog import services, tasks
from catalog.models import Database, State
from catalog.services.stores import clusters

pytestmark = pytest.mark.usefixtures("quick_drops")


def test_a_database_that_was_half_dropped_is_removed(database: engine.Database, stored: Any) -> None:
    late = timezone.now() - timedelta(minutes=10)
    Database.objects.filter(public_id=database.id).update(state=State.DROPPING, changed_at=late)
    tasks.sweep()
    assert not Database.objects.filter(public_id=database.id).exists()
    assert stored(database.physical) is None


def test_only_what_is_late_is_removed(owner: PersonPrincipal, database: engine.Database, stored: Any) -> None:
    Database.objects.filter(public_id=database.id).update(state=State.DROPPING, changed_at=timezone.now())
    tasks.sweep()
    assert stored(database.physical) is not None
    Database.objects.filter(public_id=database.id).update(state=State.READY)
    tasks.sweep()
    tasks.drop_expired()
    assert services.access.open_database(owner, database.id).collection("films").count() == 0


def test_versions_beyond_their_retention_are_deleted(owner: PersonPrincipal) -> None:
    fields = [{"name": "n", "type": "number"}]
    definition = {"name": "kept", "fields": fields, "history": {"versions": 2}}
    opened, _ = services.creation.create_database(owner, name="kept", collections=[definition])
    collection = opened.collection("kept")
    collection.insert([{"n": 0}])
    for number in range(1, 6):
        collection.update(engine.Query(filter={"n": number - 1}), engine.Change({"n": number}))
    before = collection.size()["versions"]
    tasks.prune()
    assert (before, collection.size()["versions"]) == (5, 2)
    assert [item["n"] for item in collection.find(engine.Query()).documents] == [5]


class Away(engine.Store):
    """A store whose server does not answer."""

    def abort_orphaned_transactions(self) -> int:
        raise engine.Unavailable("MongoDB is away.", retry_after=1)


def test_a_worker_starts_while_mongodb_is_away(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = Away("mongodb://127.0.0.1:1", limits=engine.Limits())
    monkeypatch.setattr(clusters, "store", lambda name: store)
    with caplog.at_level(logging.INFO, "datacube.catalog"):
        tasks.abort_orphaned_transactions(sender=None)
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == (
        "WARNING",
        "transactions of killed processes were not aborted on main: MongoDB is away.",
    )


def test_no_transaction_of_a_living_process_is_aborted(
    database: engine.Database, caplog: pytest.LogCaptureFixture
) -> None:
    films = database.collection("films")

    def work(open_films: engine.Collection) -> None:
        open_films.insert([{"n": 1}])
        tasks.abort_orphaned_transactions()
        open_films.insert([{"n": 2}])

    with caplog.at_level(logging.WARNING, "datacube.catalog"):
        films.in_transaction(work)
    assert (films.count(), caplog.records) == (2, [])
