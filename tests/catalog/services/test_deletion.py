"""Deletion of databases and collections, and the cleanup by `sweep`."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

import engine
from accounts.principal import Principal, Scope
from audit.models import AuditEntry
from catalog import services, tasks
from catalog.models import Collection, Database, State
from catalog.services.stores import clusters
from engine.jobs import drop_storage
from tests.catalog.conftest import Rows, definitions
from tests.tenants import key_of

pytestmark = pytest.mark.usefixtures("quick_drops")


LATE = timedelta(seconds=60)


def sweep_later(model: type[Database | Collection]) -> int:
    """Sweep at a time when no late write can be in progress; return the number of entries."""
    assert services.deletion.sweep() == 0
    model.objects.filter(state=State.DROPPING).update(changed_at=timezone.now() - LATE)
    return services.deletion.sweep()


def test_a_dropped_database_is_gone(
    owner: Principal, database: engine.Database, stored: Callable, rows: Rows
) -> None:
    assert services.deletion.drop_database(owner, database.id, confirmation="FIRST") == "first"
    assert stored(database.physical) is None
    with pytest.raises(engine.NotFound):
        services.access.open_database(owner, database.id)
    assert sweep_later(Database) == 1
    assert rows() == {"Database": [], "Collection": []}


@pytest.mark.parametrize(
    "drop",
    [
        lambda owner, database: services.deletion.drop_database(owner, database.id, confirmation="first"),
        lambda owner, database: services.deletion.drop_databases_of_teams(owner, [owner.home_team]),
    ],
)
def test_a_drop_is_recorded_once(owner: Principal, database: engine.Database, drop: Callable) -> None:
    drop(owner, database)
    entry = AuditEntry.objects.get(action="database.drop")
    assert (entry.actor, entry.team_id, entry.target) == (owner.actor, owner.home_team, "first")
    row = Database.objects.get(public_id=database.id)
    with pytest.raises(engine.NotFound):
        services.deletion.drop_row(row, actor=owner.actor)
    assert AuditEntry.objects.filter(action="database.drop").count() == 1


def test_dropped_collections_are_gone(owner: Principal, database: engine.Database, stored: Callable) -> None:
    assert services.deletion.drop_collections(owner, database.id, names=["people", "people"]) == ["people"]
    assert list(services.access.open_database(owner, database.id).specs) == ["films"]
    assert stored(database.physical) == [database.specs["films"].physical]
    assert sweep_later(Collection) == 1
    assert list(Collection.objects.values_list("name", flat=True)) == ["films"]


def test_storage_recreated_by_a_late_write_is_swept(
    owner: Principal, database: engine.Database, stored: Callable
) -> None:
    """The handle was opened before the drop and used after it."""
    films, people = database.collection("films"), database.collection("people")
    services.deletion.drop_collections(owner, database.id, names=["people"])
    people.insert([{"n": 1}])
    assert sweep_later(Collection) == 1
    assert stored(database.physical) == [films.spec.physical]
    services.deletion.drop_database(owner, database.id, confirmation="first")
    films.insert([{"n": 1}])
    assert sweep_later(Database) == 1
    assert database.physical not in clusters.store()._client.list_database_names()


@pytest.mark.parametrize("missing", [engine.Action.OWN, None])
def test_dropping_needs_own(
    owner: Principal, database: engine.Database, rows: Rows, missing: engine.Action | None
) -> None:
    actions = engine.ALL_ACTIONS - {missing} if missing else frozenset()
    key, before = key_of(owner, Scope(actions=actions)), rows()
    expected = engine.Forbidden if missing else engine.NotFound
    with pytest.raises(expected):
        services.deletion.drop_database(key, database.id, confirmation="first")
    with pytest.raises(expected):
        services.deletion.drop_collections(key, database.id, names=["films"])
    assert rows() == before


def test_a_drop_waits_until_caches_have_expired(
    settings: Any, owner: Principal, database: engine.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Storage is removed only after the entry has expired from every process's cache."""
    settings.CACHE_SECONDS = 0.2
    events: list[tuple[str, float]] = []
    drop = drop_storage
    monkeypatch.setattr(
        services.deletion,
        "drop_storage",
        lambda *where: events.append(("removed", time.monotonic())) or drop(*where),
    )
    mark = services.deletion._mark
    monkeypatch.setattr(
        services.deletion, "_mark", lambda rows: events.append(("marked", time.monotonic())) or mark(rows)
    )
    services.deletion.drop_collections(owner, database.id, names=["films"])
    assert [name for name, _ in events] == ["marked", "removed"]
    assert events[1][1] - events[0][1] > 0.2


STALE = timedelta(seconds=600)


@pytest.mark.parametrize("state", [State.CREATING, State.DROPPING])
def test_the_sweep_removes_databases_after_a_crash(
    owner: Principal, database: engine.Database, stored: Callable, rows: Rows, state: State
) -> None:
    Database.objects.update(state=state, changed_at=timezone.now() - STALE)
    tasks.sweep()
    assert (stored(database.physical), rows()) == (None, {"Database": [], "Collection": []})
    assert services.deletion.sweep() == 0


@pytest.mark.parametrize("state", [State.CREATING, State.DROPPING])
def test_the_sweep_removes_collections_after_a_crash(
    owner: Principal, database: engine.Database, stored: Callable, state: State
) -> None:
    Collection.objects.filter(name="people").update(state=state, changed_at=timezone.now() - STALE)
    assert services.deletion.sweep() == 1
    assert list(Collection.objects.values_list("name", flat=True)) == ["films"]
    assert stored(database.physical) == [database.specs["films"].physical]


@pytest.mark.parametrize(
    ("state", "age"), [(State.CREATING, 100), (State.DROPPING, 10), (State.READY, 99999), (State.FILLING, 99999)]
)
def test_the_sweep_leaves_recent_and_ready_entries(
    database: engine.Database, stored: Callable, state: State, age: int
) -> None:
    Collection.objects.update(state=state, changed_at=timezone.now() - timedelta(seconds=age))
    assert services.deletion.sweep() == 0
    assert (Collection.objects.count(), len(stored(database.physical))) == (2, 2)


def test_the_sweep_waits_as_long_as_any_write_may_take(settings: Any, database: engine.Database) -> None:
    settings.CACHE_SECONDS, settings.WRITE_SECONDS = 600, 2_000
    Database.objects.update(state=State.DROPPING, changed_at=timezone.now() - timedelta(seconds=2_500))
    assert services.deletion.sweep() == 0
    Database.objects.update(changed_at=timezone.now() - timedelta(seconds=2_700))
    assert services.deletion.sweep() == 1


def test_a_name_is_free_as_soon_as_it_is_dropped(owner: Principal, database: engine.Database) -> None:
    """The name is free even before the storage is removed."""
    Database.objects.update(state=State.DROPPING)
    created, _ = services.creation.create_database(owner, name="first", collections=definitions("films"))
    assert (created.id != database.id, created.physical != database.physical) == (True, True)
