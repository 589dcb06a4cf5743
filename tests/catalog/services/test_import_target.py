"""Collections that an import fills while they are invisible."""

from __future__ import annotations

import pytest

import engine
from accounts.principal import Principal, Scope
from catalog import services
from catalog.models import Collection, Database, State
from engine.schema import parse_schema
from tests.catalog.conftest import Rows
from tests.tenants import key_of

SCHEMA = parse_schema([{"name": "n", "type": "number"}], limits=engine.Limits())[0]


def names(owner: Principal, database: engine.Database) -> list[str]:
    services.access.invalidate(database.id)
    return list(services.access.open_database(owner, database.id).specs)


def test_a_collection_is_visible_once_published(owner: Principal, database: engine.Database) -> None:
    first = services.import_target.open_filling(owner, database.id, "new", filler="job")
    first.insert([{"n": 1}])
    again = services.import_target.open_filling(owner, database.id, "new", filler="job")
    assert (again.spec.physical, again.count()) == (first.spec.physical, 1)
    assert names(owner, database) == ["films", "people"]
    services.import_target.publish(database.id, filler="job", schema=SCHEMA)
    assert names(owner, database) == ["films", "people", "new"]
    spec = services.access.open_database(owner, database.id).specs["new"]
    assert (spec.physical, spec.schema.as_list()) == (first.spec.physical, [{"name": "n", "type": "number"}])
    assert services.import_target.open_filling(owner, database.id, "new", filler="job") is None


def test_publishing_again_does_nothing(owner: Principal, database: engine.Database, rows: Rows) -> None:
    services.import_target.open_filling(owner, database.id, "new", filler="job")
    services.import_target.publish(database.id, filler="job", schema=SCHEMA)
    before = rows()
    services.import_target.publish(database.id, filler="job", schema=engine.Schema())
    assert rows() == before


@pytest.mark.parametrize("state", [State.DROPPING, None])
def test_nothing_is_published_in_a_dropped_database(
    owner: Principal, database: engine.Database, state: State | None
) -> None:
    services.import_target.open_filling(owner, database.id, "new", filler="job")
    if state:
        Database.objects.update(state=state)
    else:
        Database.objects.all().delete()
    with pytest.raises(engine.NotFound):
        services.import_target.publish(database.id, filler="job", schema=SCHEMA)
    assert not Collection.objects.filter(filler="job", state=State.READY).exists()


def test_a_name_has_one_filler(owner: Principal, database: engine.Database) -> None:
    services.import_target.open_filling(owner, database.id, "new", filler="job")
    with pytest.raises(engine.Conflict):
        services.import_target.open_filling(owner, database.id, "new", filler="other")
    with pytest.raises(engine.Conflict):
        services.import_target.open_filling(owner, database.id, "films", filler="other")


def test_abandoning_frees_the_name(owner: Principal, database: engine.Database) -> None:
    services.import_target.open_filling(owner, database.id, "new", filler="job").insert([{"n": 1}])
    services.import_target.abandon_filling(database.id, filler="job")
    assert Collection.objects.get(filler="job").state == State.DROPPING
    second = services.import_target.open_filling(owner, database.id, "new", filler="other")
    assert second.count() == 0


def test_a_published_collection_cannot_be_abandoned(owner: Principal, database: engine.Database) -> None:
    services.import_target.open_filling(owner, database.id, "new", filler="job")
    services.import_target.publish(database.id, filler="job", schema=SCHEMA)
    services.import_target.abandon_filling(database.id, filler="job")
    assert "new" in names(owner, database)


def test_filling_needs_design(owner: Principal, database: engine.Database, rows: Rows) -> None:
    before = rows()
    key = key_of(owner, Scope(actions=engine.DOCUMENT_ACTIONS))
    with pytest.raises(engine.Forbidden):
        services.import_target.open_filling(key, database.id, "new", filler="job")
    assert rows() == before
