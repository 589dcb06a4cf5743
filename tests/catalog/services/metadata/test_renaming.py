"""Collections are renamed, with what names them."""

from __future__ import annotations

import pytest

import engine
import features.charts.services as charts
import features.jobs.services
import features.webhooks.services.managing as webhooks
from accounts.principal import AccountPrincipal
from audit.models import AuditEntry
from catalog.services.access import open_database
from catalog.services.creation import add_collections
from catalog.services.entity_types import declare_types, declared_types
from catalog.services.metadata.attributes import attributes_of, move_table
from catalog.services.metadata.renaming import rename_collection
from catalog.services.metadata.tables import ColumnDeclaration, declare_table, table_declarations
from catalog.services.rest import change_rest_settings, read_rest_settings
from identity.services.issuers import add_issuer, list_issuers
from tests.catalog.conftest import Rows

pytestmark = pytest.mark.usefixtures("quick_drops")


def test_references_and_settings_follow(owner: AccountPrincipal, database: engine.Database) -> None:
    reference = {"name": "film", "type": "reference", "collection": "films"}
    add_collections(owner, database.id, collections=[{"name": "reviews", "fields": [reference]}])
    change_rest_settings(owner, database.id, {"public_schemas": ["films"]})
    move_table(owner, database.id, "films", after="people")
    database.collection("films").insert([{"n": 1}])
    rename_collection(owner, database.id, "films", to="movies")
    entry = AuditEntry.objects.get(action="collection.rename")
    assert (entry.actor, entry.team_id, entry.database_id) == (owner.actor, owner.home_team, database.id)
    assert (entry.target, entry.detail) == ("films", {"to": "movies"})
    renamed = open_database(owner, database.id)
    assert [*renamed.specs] == ["movies", "people", "reviews"]
    assert renamed.collection("movies").count() == 1
    assert renamed.specs["reviews"].schema.by_name["film"].collection == "movies"
    assert read_rest_settings(owner, database.id).public_schemas == ("movies",)
    assert attributes_of(database.id).table_order == ("people", "movies", "reviews")


@pytest.mark.parametrize(
    ("name", "to", "error"),
    [("lost", "x", engine.NotFound), ("films", "a b", engine.Invalid), ("films", "people", engine.Conflict)],
)
def test_refused_names(
    owner: AccountPrincipal,
    database: engine.Database,
    rows: Rows,
    name: str,
    to: str,
    error: type[engine.Error],
) -> None:
    before = rows()
    with pytest.raises(error):
        rename_collection(owner, database.id, name, to=to)
    assert rows() == before


def test_what_other_packages_store_follows(owner: AccountPrincipal, database: engine.Database) -> None:
    parent = [{"name": "_parent_id", "type": "reference", "collection": "films"}]
    add_collections(owner, database.id, collections=[{"name": "scenes", "fields": parent}])
    opened = open_database(owner, database.id, collection="scenes")
    film = opened.collection("films").create([{"n": 1}])[0]["_id"]
    children = [{"_parent_id": film, "_parent_def": name} for name in ("films", "other")]
    opened.collection("scenes").insert(children)
    attributes = [
        {"title": "film", "type": "films"},
        {"title": "all", "type": "Array", "items": "films", "ref": "films"},
    ]
    declared = {
        "films": {"title": "films", "attributes": []},
        "Address": {"title": "Address", "attributes": attributes},
    }
    declare_types(owner, database.id, declared)
    declare_table(owner, database.id, "people", columns={"f": ColumnDeclaration("INT", references=("films", "n"))})
    keys = {"algorithm": "HS256", "key": "k" * 32, "name": "x"}
    roles = {"reader": {"films": ["GET"], "people": ["GET"]}, "all": {"*": ["GET"]}}
    add_issuer(owner, database.id, definition={**keys, "roles": roles, "private": ["films"]})
    webhooks.create(owner, database.id, collection="films", url="https://example.org/", events=["insert"])
    chart = charts.add_chart(owner, database.id, {"title": "x", "table": "films"})
    job = features.jobs.services.change_schema(owner, database.id, "films", changes={"strict": False}, dry_run=True)
    with pytest.raises(engine.Conflict, match="A job of the collection 'films' runs"):
        rename_collection(owner, database.id, "films", to="movies")
    features.jobs.services.run(job)
    rename_collection(owner, database.id, "films", to="movies")
    assert charts.read_chart(owner, database.id, chart.id).definition["table"] == "movies"
    assert features.jobs.services.status(owner, job).collection == "movies"
    scenes = open_database(owner, database.id).collection("scenes").find(engine.Query(sort=(("_id", 1),))).documents
    assert [document["_parent_def"] for document in scenes] == ["movies", "other"]
    types = declared_types(database.id)
    assert types["movies"] == {"title": "movies", "attributes": []}
    assert types["Address"]["attributes"] == [
        {"title": "film", "type": "movies"},
        {"title": "all", "type": "Array", "items": "movies", "ref": "movies"},
    ]
    assert table_declarations(database.id)["people"].columns["f"].references == ("movies", "n")
    (issuer,) = list_issuers(owner, database.id)
    assert issuer.roles == {"reader": {"movies": ["GET"], "people": ["GET"]}, "all": {"*": ["GET"]}}
    assert issuer.private == ["movies"]
    (webhook,) = webhooks.list_all(owner, database.id)
    assert webhook["collection"] == "movies"


def test_children_in_any_collection_follow(owner: AccountPrincipal, database: engine.Database) -> None:
    strict = {"name": "strict", "strict": True, "fields": [{"name": "n", "type": "number"}]}
    add_collections(
        owner, database.id, collections=[{"name": "scenes", "fields": []}, strict], fields_required=False
    )
    opened = open_database(owner, database.id, collection="scenes").collection("scenes")
    opened.insert(
        [{"_parent_id": "x", "_parent_def": name, "_parent_field": "scenes"} for name in ("films", "people")]
    )
    rename_collection(owner, database.id, "films", to="movies")
    rename_collection(owner, database.id, "scenes", to="parts")
    rename_collection(owner, database.id, "strict", to="exact")
    parts = open_database(owner, database.id).collection("parts").find(engine.Query(sort=(("_id", 1),))).documents
    members = [(part["_parent_def"], part["_parent_field"]) for part in parts]
    assert members == [("movies", "parts"), ("people", "parts")]
