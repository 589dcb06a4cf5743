"""The schemas that a collection has had: recorded with each change, and read as of a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import catalog.services
import engine
from accounts.principal import AccountPrincipal, Scope
from catalog.models import Collection
from catalog.services import schema_changes
from catalog.services.metadata import schema_history
from catalog.services.schema_changes import SchemaPlan, restored_columns
from tests.tenants import key_of

N = {"name": "n", "type": "number"}
UNIQUE = {**N, "unique": True}
HIDDEN = {"name": "_rowid", "type": "autonumber", "unique": True, "hidden": True}
COUNTED = {"name": "no", "type": "autonumber"}
T = datetime(2030, 1, 1, tzinfo=UTC)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick_drops")]


@pytest.fixture
def database(owner: AccountPrincipal) -> engine.Database:
    created, _ = catalog.services.creation.create_database(
        owner, name="first", collections=[{"name": "films", "fields": [N]}]
    )
    return created


def change(owner: AccountPrincipal, database: engine.Database, **changes: Any) -> SchemaPlan:
    plan = schema_changes.plan_schema(owner, database.id, "films", changes=changes)
    schema_changes.publish_schema(plan, actor=owner.actor)
    schema_changes.publish_schema(plan, actor=owner.actor)  # as after a crash
    return plan


def test_each_change_is_a_version(owner: AccountPrincipal, database: engine.Database) -> None:
    add = {"op": "add", "field": {"name": "title"}}
    change(owner, database, operations=[add], title_field="title")
    change(owner, database, history={"days": 3})  # is no part of the schema
    change(owner, database, strict=True)
    versions = schema_history.list_versions(owner, database.id, "films")
    assert [(item.version, item.superseded_by) for item in versions] == [
        (3, None),
        (2, owner.actor),
        (1, owner.actor),
    ]
    assert [(len(item.declared["fields"]), item.declared["strict"]) for item in versions] == [
        (2, True),
        (2, False),
        (1, False),
    ]
    assert [item.declared["title_field"] for item in versions] == ["title", "title", ""]
    assert versions[0].until is None
    assert [versions[1].until, versions[2].until] == [versions[0].since, versions[1].since]
    row = Collection.objects.get(name="films")
    assert versions[2].since == row.created_at


def test_the_schema_of_a_time() -> None:
    ends = [(3, T + timedelta(days=2), None), (2, T + timedelta(days=1), T), (1, T, T)]
    versions = [schema_history.DatedSchema(number, {}, since, until) for number, since, until in ends]

    def at(**distance: float) -> int:
        return schema_history.schema_at(versions, T + timedelta(**distance)).version

    assert [at(days=9), at(days=2), at(days=1.9), at(days=1), at(hours=1), at(days=-9)] == [3, 3, 2, 2, 1, 1]


def test_an_archive_has_the_versions(owner: AccountPrincipal, database: engine.Database) -> None:
    change(owner, database, strict=True)
    row = Collection.objects.get(name="films")
    before, saved = schema_history.versions_of(row), schema_history.as_json(row)
    row.schema_versions.all().delete()
    schema_history.load(row, saved)
    assert schema_history.versions_of(row) == before


def test_listing_needs_read(owner: AccountPrincipal, database: engine.Database, make_principal: Any) -> None:
    with pytest.raises(engine.Forbidden):
        inserter = key_of(owner, Scope(actions=frozenset({engine.Action.INSERT})))
        schema_history.list_versions(inserter, database.id, "films")
    with pytest.raises(engine.NotFound):
        schema_history.list_versions(make_principal(), database.id, "films")


def columns(*fields: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    return {"fields": [*fields], "strict": False, "rules": None, "title_field": "", **others}


@pytest.mark.parametrize(
    ("now", "then", "relaxed", "after"),
    [
        ([N], [UNIQUE], [N], [UNIQUE]),  # the present values may be equal
        ([UNIQUE], [UNIQUE], [UNIQUE], [UNIQUE]),
        ([UNIQUE], [N], [N], [N]),
        ([N], [COUNTED], [], [COUNTED]),  # its counter starts after the restored numbers
        ([COUNTED], [COUNTED], [COUNTED], [COUNTED]),
        ([N, HIDDEN], [], [HIDDEN], [HIDDEN]),  # the service needs it
        ([N, HIDDEN], [N, HIDDEN], [N, HIDDEN], [N, HIDDEN]),
        ([{"name": "n", "unique": True}], [UNIQUE], [N], [UNIQUE]),  # of another type, so another index
    ],
)
def test_a_schema_is_restored_in_two_steps(now: Any, then: Any, relaxed: Any, after: Any) -> None:
    present = columns(*now, strict=True, history=True)
    result = restored_columns(present, columns(*then, title_field="n"))
    assert [item["fields"] for item in result] == [relaxed, after]
    for item in result:
        assert (item["strict"], item["title_field"], item["history"]) == (False, "n", True)
