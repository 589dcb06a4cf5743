"""Rows of restored databases: beside the others, or in the place of one."""

from __future__ import annotations

from typing import Any

import pytest
from django.forms.models import model_to_dict

import engine
from accounts.models import Team
from accounts.principal import PersonPrincipal
from catalog import naming, services
from catalog.models import Collection, Database, State
from catalog.services.access import open_database
from catalog.services.metadata import restoration
from catalog.services.stores import clusters
from engine.jobs import make_storage
from tests.catalog.conftest import Rows

pytestmark = pytest.mark.usefixtures("quick_drops")


def columns_of(database: engine.Database) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the columns of a database and of its collections, as a backup has them; the physical names are new."""
    row = Database.objects.get(public_id=database.id)
    collections = [
        {column: getattr(item, column) for column in restoration.COLLECTION_COLUMNS}
        | {"physical": naming.physical_collection(item.name)}
        for item in row.collections.order_by("pk")
    ]
    return model_to_dict(row) | {"public_id": row.public_id, "team": row.team_id}, collections


def restored(database: engine.Database, *, name: str = "second", without: str = "") -> tuple[int, str, str]:
    entry, collections = columns_of(database)
    return restoration.begin(entry, [item for item in collections if item["name"] != without], name=name)


def test_a_restored_database_is_invisible_until_it_is_published(
    owner: PersonPrincipal, database: engine.Database
) -> None:
    key, public_id, physical = restored(database)
    assert public_id != database.id, "the id is in use"
    with pytest.raises(engine.NotFound):
        open_database(owner, public_id)
    restoration.publish(public_id)
    opened = open_database(owner, public_id)
    assert (opened.name, opened.physical, [*opened.specs]) == ("second", physical, ["films", "people"])
    assert Database.objects.get(pk=key).state == State.READY
    with pytest.raises(Database.DoesNotExist):
        restoration.publish(public_id)


def test_a_database_keeps_an_id_that_is_free(owner: PersonPrincipal, database: engine.Database) -> None:
    entry, collections = columns_of(database)
    services.deletion.drop_database(owner, database.id, confirmation="first")
    with pytest.raises(engine.Conflict, match=f"{database.id} is still being dropped"):
        restoration.begin(entry, collections, name="first")
    Database.objects.all().delete()
    assert restoration.begin(entry, collections, name="first")[1] == database.id


def test_what_refuses_a_restored_database(
    owner: PersonPrincipal, database: engine.Database, settings: Any, rows: Rows
) -> None:
    entry, collections = columns_of(database)
    before = rows()
    with pytest.raises(engine.Conflict, match="a database named 'first' already: give the restored one another"):
        restoration.begin(entry, collections, name="first")
    last = Team.objects.order_by("-pk").values_list("pk", flat=True)[0]
    with pytest.raises(engine.Conflict, match="no longer exists"):
        restoration.begin(entry | {"team": last + 1}, collections, name="second")
    settings.MAX_DATABASES = 1
    with pytest.raises(engine.TooLarge, match="MAX_DATABASES"):
        restoration.begin(entry, collections, name="second")
    assert rows() == before


def test_an_abandoned_database_is_gone(database: engine.Database) -> None:
    key, public_id, _ = restored(database)
    restoration.abandon(public_id)
    assert Database.objects.get(pk=key).state == State.DROPPING
    assert {*Collection.objects.filter(database=key).values_list("state", flat=True)} == {State.DROPPING}
    restoration.abandon(database.id)
    assert Database.objects.get(public_id=database.id).state == State.READY


def test_a_database_is_replaced(owner: PersonPrincipal, database: engine.Database) -> None:
    former = Database.objects.get(public_id=database.id)
    films = former.collections.get(name="films")
    services.creation.add_collections(owner, database.id, collections=[{"name": "new", "fields": [{"name": "a"}]}])
    key, public_id, physical = restored(database, without="new")
    Database.objects.filter(pk=key).update(entity_types={"Film": "films"})
    Collection.objects.filter(database=key, name="people").update(name="actors")
    specs = [services.access.spec_of(item) for item in Collection.objects.filter(database=key)]
    make_storage(clusters.store(), physical, specs)

    restoration.replace(database.id, by=public_id)
    opened = open_database(owner, database.id)
    assert (opened.name, opened.physical, {*opened.specs}) == ("first", physical, {"films", "actors"})
    row = Database.objects.get(pk=former.pk)
    assert row.entity_types == {"Film": "films"}
    kept = row.collections.get(name="films")
    assert (kept.pk, kept.physical == films.physical) == (films.pk, False), "its row stays, its storage is the new"
    other = Database.objects.get(pk=key)
    assert (other.state, other.physical) == (State.DROPPING, former.physical)
    assert not Collection.objects.filter(name__in=("new", "people")).exists()

    restoration.replace(database.id, by=public_id)
    assert open_database(owner, database.id).physical == physical, "the second call changes nothing"


def test_a_dropped_database_is_not_replaced(owner: PersonPrincipal, database: engine.Database) -> None:
    key, public_id, physical = restored(database)
    services.deletion.drop_database(owner, database.id, confirmation="first")
    with pytest.raises(engine.NotFound):
        restoration.replace(database.id, by=public_id)
    row = Database.objects.get(pk=key)
    assert (row.state, row.physical) == (State.FILLING, physical)
