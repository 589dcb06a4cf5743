"""One reader for all webhooks: each gets its events, none is lost or recorded twice."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

import catalog.services
import catalog.services.stores.clusters
import engine
from accounts.principal import Principal
from engine.events import ChangeStream, Token
from engine.update import Operators
from features.webhooks import services
from features.webhooks.models import Delivery, StreamPosition, Webhook
from features.webhooks.services import gathering


@pytest.fixture
def databases(owner: Principal, make_principal: Callable[..., Principal]) -> list[tuple[Principal, str]]:
    """Databases of two owners, each with the collection people."""
    return [
        (
            principal,
            catalog.services.creation.create_database(principal, name="crm", collections=[_people(history)])[0].id,
        )
        for principal, history in ((owner, True), (make_principal(), False))
    ]


def _people(history: bool) -> dict[str, Any]:
    return {"name": "people", "fields": [{"name": "name"}], "history": history}


def _hook(database: tuple[Principal, str], *, events: list[str] | None = None) -> str:
    owner, database_id = database
    hook, _ = services.create(owner, database_id, collection="people", url="https://example.com/x", events=events)
    return hook["id"]


def _collection(database: tuple[Principal, str]) -> engine.Collection:
    return catalog.services.access.open_database(*database).collection("people")


def _recorded(hook: str) -> list[str]:
    rows = Delivery.objects.filter(webhook=hook).order_by("due_at")
    return [f"{row.operation} {row.document_id}" for row in rows]


def test_each_webhook_gets_its_events_from_its_creation_on(databases: list[tuple[Principal, str]]) -> None:
    first, second = map(_collection, databases)
    early = _hook(databases[0])
    (one,) = first.insert([{"name": "1"}])
    late, deletes, other = _hook(databases[0]), _hook(databases[0], events=["delete"]), _hook(databases[1])
    (two,) = second.insert([{"name": "2"}])
    for documents, name in ((first, one), (second, two)):
        documents.update(engine.Query({"_id": name}), Operators({"name": "3"}))
        documents.delete(engine.Query({"_id": name}))
    assert services.gather() == 3 + 2 + 1 + 3
    assert services.gather() == 0
    assert _recorded(early) == [f"insert {one}", f"update {one}", f"delete {one}"]
    assert _recorded(late) == [f"update {one}", f"delete {one}"]
    assert _recorded(deletes) == [f"delete {one}"]
    assert _recorded(other) == [f"insert {two}", f"update {two}", f"delete {two}"]


def test_nothing_is_lost_or_recorded_twice(databases: list[tuple[Principal, str]], monkeypatch: Any) -> None:
    """A worker that dies before the record is committed leaves the position as it was."""
    monkeypatch.setattr(gathering, "_BATCH_SIZE", 2)  # so that a batch ends within a transaction
    hook = _hook(databases[0])
    services.gather()
    before = StreamPosition.objects.get().position
    _collection(databases[0]).insert([{"name": str(number)} for number in range(5)])

    def died(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Delivery.objects, "bulk_create", died)
        services.gather()
    assert (StreamPosition.objects.get().position, Delivery.objects.count()) == (before, 0)
    assert services.gather() == 5
    stale = Token.parse(before)
    change_stream = catalog.services.stores.clusters.change_stream()
    sources = catalog.services.queries.sources([(databases[0][1], "people")])
    events, reached, is_complete, until = [], stale, False, change_stream.position()
    while not is_complete:  # a read takes a second at most
        more, reached, is_complete = change_stream.read_many(sources.values(), reached, until=until, limit=10)
        events += more
    hooks = {source: [Webhook.objects.get()] for source in sources.values()}
    assert (len(events), gathering._record("main", before, events, hooks, reached=reached)) == (5, 0)
    assert (len(_recorded(hook)), services.gather()) == (5, 0)


def test_one_worker_reads_at_a_time(databases: list[tuple[Principal, str]]) -> None:
    _hook(databases[0])
    services.gather()
    _collection(databases[0]).insert([{"name": "1"}])
    StreamPosition.objects.update(lease_until=timezone.now() + timedelta(seconds=30))
    assert services.gather() == 0
    StreamPosition.objects.update(lease_until=timezone.now())
    assert services.gather() == 1


def test_deleted_and_inactive_webhooks_get_no_events(databases: list[tuple[Principal, str]]) -> None:
    assert (services.gather(), StreamPosition.objects.count()) == (0, 0)  # without webhooks nothing is written
    gone, off = _hook(databases[0]), _hook(databases[0])
    services.gather()
    services.delete(*databases[0], gone)
    services.switch(*databases[0], off, active=False)
    _collection(databases[0]).insert([{"name": "1"}])
    assert (services.gather(), StreamPosition.objects.get().position) == (0, "")
    services.switch(*databases[0], off, active=True)
    (name,) = _collection(databases[0]).insert([{"name": "2"}])
    services.gather()
    assert _recorded(off) == [f"insert {name}"]


def test_lost_events_are_reported(databases: list[tuple[Principal, str]], monkeypatch: Any) -> None:
    hooks = [_hook(databases[0]), _hook(databases[1])]
    services.gather()
    _collection(databases[0]).insert([{"name": "lost"}])

    def forgotten(*_: object, **__: object) -> None:
        raise engine.Conflict("What happened since then is no longer kept.")

    with monkeypatch.context() as patched:
        patched.setattr(ChangeStream, "read_many", forgotten)
        assert services.gather() == 0
    assert all("Events were lost" in Webhook.objects.get(pk=hook).message for hook in hooks)
    _collection(databases[1]).insert([{"name": secrets.token_hex(4)}])
    assert services.gather() == 1


def test_many_events_take_several_batches(databases: list[tuple[Principal, str]], monkeypatch: Any) -> None:
    monkeypatch.setattr(gathering, "_BATCH_SIZE", 10)
    hook = _hook(databases[1])
    _collection(databases[1]).insert([{"name": str(number)} for number in range(63)])
    counts = [services.gather() for _ in range(2)]
    while sum(counts) < 63 and len(counts) < 20:  # a batch that takes more than a second is smaller
        counts.append(services.gather())
    assert (max(counts) <= 50, sum(counts)) == (True, 63)
    assert len({*_recorded(hook)}) == 63
