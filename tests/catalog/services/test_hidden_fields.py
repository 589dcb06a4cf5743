"""Hidden fields: used before they are declared, declared once, and never shown."""

from __future__ import annotations

import pytest

import engine
from accounts.principal import PersonPrincipal
from catalog.models import Collection
from catalog.services.access import open_database
from catalog.services.hidden_fields import ROWID, ROWID_FIELD, declare_field, open_with_field
from tests.catalog.conftest import FIELDS
from tests.support import MISSING_ID

pytestmark = pytest.mark.usefixtures("quick_drops")


def declared(name: str = "films") -> list[str]:
    return [field["name"] for field in Collection.objects.get(name=name).fields]


def test_a_field_is_used_as_if_it_was_declared(database: engine.Database) -> None:
    collection = open_with_field(database.id, "films", field=ROWID_FIELD, actor="service")
    assert [field.name for field in collection.spec.schema.fields] == ["n", ROWID]
    assert collection.actor == "service"
    assert (declared(), [*database.collection("films").spec.schema.by_name]) == (["n"], ["n"])


def test_a_declared_field_numbers_documents_and_is_hidden(
    owner: PersonPrincipal, database: engine.Database
) -> None:
    declare_field(database.id, "films", field=ROWID_FIELD)
    films = open_database(owner, database.id).collection("films")
    films.insert([{"n": 1}, {"n": 2}])
    documents = films.find(engine.Query()).documents
    assert [{*document} - {"_sys"} for document in documents] == [{"_id", "n"}] * 2
    assert films.spec.schema.hidden_numbers
    again = open_with_field(database.id, "films", field=ROWID_FIELD, actor="service")
    assert [field.name for field in again.spec.schema.fields] == ["n", ROWID]


def test_declaring_again_changes_nothing(database: engine.Database) -> None:
    declare_field(database.id, "films", field=ROWID_FIELD)
    changed_at = Collection.objects.get(name="films").changed_at
    declare_field(database.id, "films", field=ROWID_FIELD)
    assert (declared(), declared("people")) == (["n", ROWID], ["n"])
    assert Collection.objects.get(name="films").changed_at == changed_at


def test_a_field_of_the_same_name_is_not_replaced(database: engine.Database) -> None:
    declare_field(database.id, "films", field={"name": "n", "type": "autonumber", "hidden": True})
    assert Collection.objects.get(name="films").fields == FIELDS
    collection = open_with_field(database.id, "films", field={"name": "n", "type": "string"}, actor="s")
    assert collection.spec.schema.by_name["n"].type == "number"


@pytest.mark.parametrize("name", ["nothing", "", "Films"])
def test_an_unknown_collection(database: engine.Database, name: str) -> None:
    with pytest.raises(engine.NotFound):
        declare_field(database.id, name, field=ROWID_FIELD)
    with pytest.raises(engine.NotFound):
        open_with_field(database.id, name, field=ROWID_FIELD, actor="s")


def test_an_unknown_database(db: None) -> None:
    for database_id in (MISSING_ID, "x"):
        with pytest.raises(engine.NotFound):
            declare_field(database_id, "films", field=ROWID_FIELD)
        with pytest.raises(engine.NotFound):
            open_with_field(database_id, "films", field=ROWID_FIELD, actor="s")
