"""Reports of a team's use: what a person, a key and a key of named databases see of it."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from django.utils import timezone

import catalog.services
import engine
from accounts.models import ApiKey
from accounts.principal import PersonPrincipal, Scope
from accounts.services import keys, principals
from accounts.services.quotas import team_limits
from features.usage.report import LimitUse, Requests, report
from features.usage.services import by_caller
from tests.tenants import key_of


@pytest.fixture
def database(owner: PersonPrincipal) -> engine.Database:
    """Create a database with one collection of three documents."""
    definition = [{"name": "films", "fields": [{"name": "n", "type": "number"}]}]
    opened, _ = catalog.services.creation.create_database(owner, name="first", collections=definition)
    opened.collection("films").insert([{"n": number} for number in range(3)])
    return opened


def count(team: int, actor: str, database_id: str, *counts: int, days_ago: int = 0) -> None:
    day = int(timezone.now().timestamp()) // by_caller.SECONDS_OF_DAY - days_ago
    by_caller.add({(team, actor, database_id, day): [*counts]})


def renumber(key: keys.Key) -> None:
    """Give a key a number that no other process of the tests has: Valkey counts requests by it."""
    ApiKey.objects.filter(pk=key.id).update(id=secrets.randbits(40))


def limits(items: Any) -> dict[str, LimitUse]:
    return {item.name: item for item in items}


def test_a_person_sees_the_whole_team(owner: PersonPrincipal, database: engine.Database) -> None:
    key = keys.create_key(owner, name="backend", actions=["read"])
    count(owner.home_team, f"k{key.id}", database.id, 5, 2, 1)
    count(owner.home_team, owner.actor, "", 3, 1, 0, days_ago=1)
    count(owner.home_team, owner.actor, database.id, 100, 0, 0, days_ago=2)
    count(owner.home_team + 1, owner.actor, database.id, 1000, 0, 0)
    seen = report(owner, days=2)
    today = timezone.now().date()
    assert seen.days[today] == Requests(5, 2, 1)
    assert sorted(item.requests for item in seen.days.values()) == [3, 5]
    assert seen.people == Requests(3, 1, 0)
    (item,) = seen.databases
    assert (item.id, item.name, item.collections, item.requests) == (database.id, "first", 1, Requests(5, 2, 1))
    ((listed, uses, requests),) = seen.keys
    assert (listed.id, [*uses], requests) == (key.id, [], Requests(5, 2, 1))


def test_limits_that_are_set_are_shown_with_their_use(
    owner: PersonPrincipal, database: engine.Database, settings: Any
) -> None:
    renumber(keys.create_key(owner, name="backend", rate=50, daily_quota=500))
    team_limits.set_limits(owner.home_team, {"databases": 4, "documents": 99, "requests_per_month": 7_000})
    count(owner.home_team, owner.actor, "", 12, 3, 2)
    seen = report(owner, days=1)
    shown = limits(seen.limits)
    assert [*shown] == [
        *("databases", "collections", "documents", "bytes", "keys", "import_bytes"),
        *("requests_per_minute", "requests_per_month"),
    ]
    assert (shown["databases"].used, shown["databases"].limit) == (1, 4)
    assert shown["documents"].limit == 99
    assert shown["keys"] == LimitUse("keys", 1, settings.MAX_KEYS)
    assert shown["import_bytes"] == LimitUse("import_bytes", None, settings.MAX_IMPORT_BYTES)
    assert shown["requests_per_minute"] == LimitUse("requests_per_minute", None, None)
    month = shown["requests_per_month"]
    # Refused requests do not count. Another process of the tests may have a team of the same number.
    assert month.limit == 7_000 and (month.used or 0) >= 10
    assert month.resets_at is not None and month.resets_at.day == 1
    ((_, uses, _),) = seen.keys
    assert [(use.name, use.used, use.limit) for use in uses] == [("rate", 0, 50), ("daily_quota", 0, 500)]


def test_a_team_without_anything(owner: PersonPrincipal) -> None:
    seen = report(owner, days=1)
    assert (seen.databases, seen.keys, dict(seen.days), seen.people) == ([], [], {}, Requests())
    shown = limits(seen.limits)
    assert [shown[name].used for name in ("databases", "collections", "documents", "bytes")] == [0, 0, 0, 0]


def test_a_key_of_named_databases_sees_these_and_itself(owner: PersonPrincipal, database: engine.Database) -> None:
    other, _ = catalog.services.creation.create_database(
        owner, name="second", collections=[{"name": "a", "fields": [{"name": "n"}]}]
    )
    created = keys.create_key(owner, name="one", actions=["read"], databases=[other.id], rate=40)
    keys.create_key(owner, name="another")
    count(owner.home_team, f"k{created.id}", other.id, 2, 0, 0)
    count(owner.home_team, owner.actor, database.id, 50, 0, 0)
    seen = report(principals.principal_of_key(str(created.text)), days=1)
    assert [item.id for item in seen.databases] == [other.id]
    assert [*seen.days.values()] == [Requests(2, 0, 0)]
    assert [key.id for key, _, _ in seen.keys] == [created.id]
    assert [(use.name, use.limit) for use in seen.limits] == [("rate", 40)]
    assert seen.people == Requests()


def test_a_report_needs_read(owner: PersonPrincipal, database: engine.Database) -> None:
    for actions in (engine.ALL_ACTIONS - {engine.Action.READ}, frozenset()):
        with pytest.raises(engine.Forbidden, match="'read'"):
            report(key_of(owner, Scope(actions)), days=1)
