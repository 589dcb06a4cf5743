"""Retention of versions by days and by number, and the start of the complete history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import catalog.services
import engine
from accounts.principal import Principal
from catalog.models import Collection
from engine.context import now


def make(owner: Principal, history: Any) -> engine.Collection:
    definitions = [{"name": "things", "fields": [{"name": "n", "type": "number"}], "history": history}]
    database, _ = catalog.services.creation.create_database(owner, name="kept", collections=definitions)
    return database.collection("things")


def changed(things: engine.Collection, times: int) -> Any:
    (one,) = things.insert([{"n": 0}])
    for step in range(times):
        things.update(engine.Query({"_id": str(one)}), engine.Change({"n": step + 1}))
    return one


def versions(things: engine.Collection, one: Any) -> list[int]:
    documents = things.history.of_document(one, skip=0, limit=100).documents
    return [item["_sys"]["version"] for item in documents]


def reopened(owner: Principal, things: engine.Collection) -> engine.Collection:
    row = Collection.objects.get(physical=things.spec.physical)
    return catalog.services.access.open_database(owner, row.database.public_id).collection("things")


def test_a_maximum_number_of_versions(owner: Principal) -> None:
    things = make(owner, {"versions": 3})
    one, other = changed(things, 6), changed(things, 2)
    last_but_three = things.history.of_document(one, skip=4, limit=1).documents[0]["_sys"]["superseded_at"]
    assert catalog.services.retention.prune() == 3
    assert (versions(things, one), versions(things, other)) == ([7, 6, 5, 4], [3, 2, 1])
    assert catalog.services.retention.prune() == 0
    again = reopened(owner, things)
    assert again.spec.since == last_but_three
    again.history.as_of(engine.Query(), last_but_three)
    with pytest.raises(engine.Invalid):
        again.history.as_of(engine.Query(), last_but_three - timedelta(milliseconds=1))


def test_a_maximum_age_in_days(owner: Principal) -> None:
    things = make(owner, {"days": 2})
    one = changed(things, 2)
    assert catalog.services.retention.prune() == 0
    Collection.objects.filter(physical=things.spec.physical).update(
        created_at=now().isoformat() + "Z", history_days=2
    )
    old = now() - timedelta(days=3)
    things.store.update(
        things.database, things.spec.physical + ".versions", {"version": 1}, {"$set": {"to": old, "from": old}}
    )
    row = Collection.objects.get(physical=things.spec.physical)
    Collection.objects.filter(pk=row.pk).update(created_at=row.created_at - timedelta(days=9))
    assert catalog.services.retention.prune() == 1
    assert versions(things, one) == [3, 2]
    since = reopened(owner, things).spec.since
    assert since and timedelta(days=1.9) < now() - since < timedelta(days=2.1)


def test_unlimited_retention(owner: Principal) -> None:
    one = changed(things := make(owner, True), 3)
    assert catalog.services.retention.prune() == 0
    assert versions(things, one) == [4, 3, 2, 1]
