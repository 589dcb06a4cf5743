"""A store that shows of a collection some documents alone: every way to documents is narrowed, or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId
from pymongo import MongoClient

import engine
from engine.context.spec import CollectionSpec
from engine.jobs import make_storage
from engine.schema import parse_schema
from engine.store import Store
from engine.update import Operators

MINE = {"by": "me"}
HERE = ("c", "c.versions")
Ask = Callable[[Store, str], Any]


@pytest.fixture
def ids(mongo: MongoClient[dict[str, Any]], database: str) -> list[ObjectId]:
    """Mine, and two of somebody else."""
    documents = [{"_id": ObjectId(), "by": by, "n": n} for n, by in enumerate(["me", "you", "you"])]
    mongo[database]["c"].insert_many(documents)
    mongo[database]["c.versions"].insert_one({"doc": documents[1]["_id"], "state": documents[1]})
    mongo[database]["d"].insert_one({"_id": 1, "link": documents[1]["_id"]})
    return [document["_id"] for document in documents]


@pytest.fixture
def narrow(store: Store, database: str) -> Store:
    return store.with_row_filter({(database, "c"): MINE})


def command(pipeline: list[Any], *, of: str = "c") -> dict[str, Any]:
    return {"aggregate": of, "pipeline": pipeline, "cursor": {}}


def run(store: Store, database: str, pipeline: list[Any], *, of: str = "c") -> list[dict[str, Any]]:
    return store.first_batch(database, command(pipeline, of=of), enough=100)


NUMBERS: dict[str, Ask] = {
    "find": lambda store, at: store.find(at, "c", {}, sort=[("_id", 1)], fields=None, skip=0, limit=9),
    "find with $or": lambda store, at: store.find(
        at, "c", {"$or": [{"by": "you"}, {"n": {"$gte": 0}}]}, sort=[("_id", 1)], fields=None, skip=0, limit=9
    ),
    "all": lambda store, at: store.all(at, "c", {}),
    "all of a filter": lambda store, at: store.all(at, "c", {"n": {"$gte": 0}}, limit=9),
    "aggregate": lambda store, at: store.aggregate(at, "c", []),
    "aggregate with $match": lambda store, at: store.aggregate(at, "c", [{"$match": {"n": {"$gte": 0}}}]),
    "aggregate with $sort": lambda store, at: run(store, at, [{"$sort": {"n": -1}}]),
    "facets": lambda store, at: run(store, at, [{"$facet": {"f": [{"$match": {}}]}}])[0]["f"],
    "in a transaction": lambda store, at: store.transaction(lambda session: store.within(session).all(at, "c", {})),
}


@pytest.mark.parametrize("way", NUMBERS)
def test_what_is_read(store: Store, narrow: Store, database: str, ids: list[ObjectId], way: str) -> None:
    assert [item["n"] for item in NUMBERS[way](narrow, database)] == [0]
    assert len(NUMBERS[way](store, database)) == 3


def test_counts_and_ids(narrow: Store, store: Store, database: str, ids: list[ObjectId]) -> None:
    assert narrow.count(database, "c", {}) == 1
    assert narrow.count(database, "c", {"_id": ids[1]}) == 0
    assert narrow.ids(database, "c", {}) == ids[:1]
    assert narrow.distinct_ids(database, "c", first=ids[0], last=ids[2]) == 1
    assert narrow.count(database, "d", {}) == store.count(database, "d", {}) == 1
    assert store.count(database, "c", {}) == 3


CHANGES: dict[str, Ask] = {
    "update one": lambda store, at: store.update(at, "c", {"_id": OTHER[0]}, {"$set": {"n": 9}}),
    "change": lambda store, at: len(store.change(at, "c", {"_id": OTHER[0]}, {"$set": {"n": 9}}) or ()),
    "update many": lambda store, at: store.update(at, "c", {"by": "you"}, {"$set": {"n": 9}}),
    "delete one": lambda store, at: store.delete(at, "c", {"_id": OTHER[0]}),
    "delete many": lambda store, at: store.delete(at, "c", {"by": "you"}),
    "delete where": lambda store, at: store.delete_where(at, "c", {"by": "you"}),
    "delete by ids": lambda store, at: store.delete_ids(at, "c", first=OTHER[0], last=OTHER[0]),
}
OTHER: list[ObjectId] = []


@pytest.mark.parametrize("way", CHANGES)
def test_what_is_written(
    narrow: Store, mongo: MongoClient[dict[str, Any]], database: str, ids: list[ObjectId], way: str
) -> None:
    OTHER[:] = ids[1:2]
    before = [*mongo[database]["c"].find()]
    assert CHANGES[way](narrow, database) == 0
    assert [*mongo[database]["c"].find()] == before
    assert narrow.update(database, "c", {}, {"$set": {"n": 7}}) == 1
    assert narrow.delete(database, "c", {}) == 1
    assert [*mongo[database]["c"].find()] == before[1:]


LOOKUP = {"from": "c", "localField": "link", "foreignField": "_id", "as": "x"}
REFUSED: dict[str, Ask] = {
    "a join": lambda store, at: run(store, at, [{"$lookup": LOOKUP}], of="d"),
    "a join below": lambda store, at: run(
        store, at, [{"$lookup": {"from": "d", "pipeline": [{"$lookup": LOOKUP}], "as": "y"}}], of="d"
    ),
    "a join in a facet": lambda store, at: run(store, at, [{"$facet": {"f": [{"$lookup": LOOKUP}]}}], of="d"),
    "a union": lambda store, at: run(store, at, [{"$unionWith": "c"}], of="d"),
    "a union with a pipeline": lambda store, at: run(
        store, at, [{"$unionWith": {"coll": "c", "pipeline": []}}], of="d"
    ),
    "a graph": lambda store, at: run(
        store,
        at,
        [{"$graphLookup": {**LOOKUP, "startWith": 1, "connectFromField": "a", "connectToField": "n"}}],
        of="d",
    ),
    "a union with itself": lambda store, at: run(store, at, [{"$unionWith": "c"}]),
    "versions": lambda store, at: store.all(at, "c.versions", {}),
    "versions by a pipeline": lambda store, at: store.aggregate(at, "c.versions", []),
    "versions by find": lambda store, at: store.find(at, "c.versions", {}, sort=[], fields=None, skip=0, limit=1),
    "versions in a union": lambda store, at: run(store, at, [{"$unionWith": "c.versions"}], of="d"),
    "a count of versions": lambda store, at: store.count(at, "c.versions", {}),
    "forgetting versions": lambda store, at: store.delete_where(at, "c.versions", {}),
    "explaining": lambda store, at: store.command(at, {"explain": {"find": "c"}, "verbosity": "executionStats"}),
    "distinct": lambda store, at: store.command(at, {"distinct": "c", "key": "n"}),
    "size": lambda store, at: store.size(at, "c"),
    "what must be first": lambda store, at: run(store, at, [{"$collStats": {"count": {}}}]),
    "replacing": lambda store, at: store.replace(at, "c", {"_id": OTHER[0], "by": "me"}),
    "many at once": lambda store, at: store.write_each(
        at, "c", puts=[{"_id": OTHER[0]}], gone=[], delete_first=False
    ),
    "making": lambda store, at: store.upsert_new(at, "c", {"_id": OTHER[0]}, {"$set": {"n": 1}}),
    "copying": lambda store, at: store.copy(at, "c", {}, into=f"{at}_2"),
    "the indexes": lambda store, at: store.index_stats(at, "c"),
    "an index": lambda store, at: store.collection(at, "c").create_index([("n", 1)]),
    "the driver's own count": lambda store, at: store.collection(at, "c").estimated_document_count(),
    "dropping": lambda store, at: store.collection(at, "c").drop(),
    "dropping the collection": lambda store, at: store.drop_collection(at, "c"),
    "dropping the database": lambda store, at: store.drop_database(at),
    "dropping an index": lambda store, at: store.drop_index(at, "c", "_id_"),
    "making it again": lambda store, at: store.create(at, "c", unique={}),
    "making it forget": lambda store, at: store.make_expiring(at, "c", field="n", seconds=1),
    "a counter": lambda store, at: store.raise_counter(at, "c", "n", 1),
    "a number": lambda store, at: store.reserve(at, "c", "n", 1),
    "what happens": lambda store, at: store.watch([at], start=store.operation_time(), await_seconds=0).__enter__(),
    "the entries of the oplog": lambda store, at: store.scan_oplog(
        [f"{at}.c"], start=store.operation_time(), limit=1, seconds=1
    ),
    "the ids of what changes": lambda store, at: store.changes(at, start=store.operation_time()).__enter__(),
    "raw documents": lambda store, at: store.stored(at, "c", [1]),
    "storing raw documents": lambda store, at: store.put(at, "c", []),
    "other indexes": lambda store, at: store.rewrite_layout(at, "c", indexes=[], dropped=[]),
    "a fence": lambda store, at: store.fence(at, each=lambda: None),
    "the end of a fence": lambda store, at: store.unfence(at, each=lambda: None),
    "the changes between two times": lambda store, at: store.changes_between(
        [f"{at}.c"], first=store.operation_time(), last=store.operation_time(), after="", limit=1
    ),
}


@pytest.mark.parametrize("way", REFUSED)
def test_what_is_refused(
    narrow: Store, mongo: MongoClient[dict[str, Any]], database: str, ids: list[ObjectId], way: str
) -> None:
    OTHER[:] = ids[1:2]
    before = {name: [*mongo[database][name].find()] for name in HERE}
    with pytest.raises(engine.Forbidden):
        REFUSED[way](narrow, database)
    assert {name: [*mongo[database][name].find()] for name in HERE} == before


def test_every_method_of_a_store_is_thought_of() -> None:
    """A new one belongs into a table above, or among those that touch no documents but new ones."""
    above = {"find", "all", "aggregate", "first_batch", "command", "count", "ids", "distinct_ids", "size", "watch"}
    above |= {
        "update",
        "change",
        "delete",
        "delete_where",
        "delete_ids",
        "replace",
        "write_each",
        "upsert_new",
        "reserve",
        "raise_counter",
    }
    above |= {
        "copy",
        "create",
        "create_index",
        "drop_index",
        "drop_collection",
        "drop_database",
        "make_expiring",
        "snapshot",
        "layouts",
        "dump",
        "make_again",
        "load",
        "index_stats",
        "scan_oplog",
        "changes_between",
        *("changes", "stored", "put", "rewrite_layout"),
    }
    # They take documents by their ids, through methods that are filtered.
    above |= {"find_each", "find_unique", "update_each", "set_missing"}
    inserting = {"insert", "insert_each", "insert_again", "claim"}
    none = {
        "may_join",
        "within",
        "transaction",
        "dry_run",
        "write_time_limit",
        "ping",
        "operation_time",
        "with_row_filter",
        "has_row_filter",
        "writing",
        "unfiltered",
        "visible_stages",
        "needs_transaction",
        "create_once",
    }
    none |= {"compact"}  # of a whole database
    none |= {"abort_orphaned_transactions", "check_oplog"}  # how far the oplog reaches, which is the same for all
    none |= {"server", "pool", "addresses", "database_sizes", "is_cluster_of"}  # of the server and connections
    none |= {"check_writes", "fence", "unfence"}  # no document of a collection is read or changed
    doors = {"collection", "database"}  # wrapped; and of GridFS, whose rights are of the whole database
    known = above | inserting | none | doors
    assert {name for name in dir(Store) if not name.startswith("_")} == known


def handles(store: Store, database: str, actor: str) -> engine.Database:
    notes = CollectionSpec("notes", "c", engine.Schema())
    links, _ = parse_schema([{"name": "of", "type": "reference", "collection": "notes"}], limits=store.limits)
    specs = {"notes": notes, "links": CollectionSpec("links", "d", links), "hidden": CollectionSpec("hidden", "e")}
    whole = engine.Database(store, "1" * 24, "db", database, actor, engine.ALL_ACTIONS, specs)
    return whole.with_permissions(
        {"notes": engine.DOCUMENT_ACTIONS, "links": frozenset({engine.Action.READ, engine.Action.INSERT})},
        own=["notes"],
        besides=frozenset(),
        channels=frozenset({"chat"}),
    )


def test_handles(store: Store, database: str) -> None:
    """What the verbs of a handle tell of somebody else's documents, which is nothing."""
    mine, other = handles(store, database, "x1"), handles(store, database, "x2")
    for spec in mine.specs.values():
        make_storage(store, database, [spec])
    notes, others = mine.collection("notes"), other.collection("notes")
    (own,) = notes.insert([{"n": 1}])
    (foreign,) = others.insert([{"n": 2}])
    every = engine.Query({})
    assert [item["_id"] for item in notes.find(every).documents] == [own]
    assert notes.find(every).total == notes.count() == 1
    assert notes.aggregate([{"$group": {"_id": None, "n": {"$sum": "$n"}}}])[0]["n"] == 1
    assert notes.distinct("n", every).values == [1]
    named = engine.Query({"_id": str(foreign)})
    assert notes.update(named, Operators({"$set": {"n": 9}})) == notes.delete(named) == 0
    assert notes.delete_returning_ids(engine.Query({"n": 2})) == []
    (link,) = mine.collection("links").insert([{"of": str(foreign)}])
    shown = mine.collection("links").find(engine.Query({"_id": str(link)}, expand=("of",))).documents
    assert shown[0]["of"] is None
    assert others.find(every).documents[0]["n"] == 2
    assert others.update(engine.Query({"_id": str(foreign)}), Operators({"$inc": {"n": 1}})) == 1
    assert others.delete(engine.Query({})) == 1
    for refused in (
        lambda: notes.history.of_document(foreign, skip=0, limit=1),
        lambda: notes.explain(every),
        lambda: mine.require(engine.Action.READ),
        lambda: mine.publish("other", 1),
        lambda: mine.collection("links").delete(every),
    ):
        with pytest.raises(engine.Forbidden):
            refused()
    with pytest.raises(engine.NotFound):
        mine.collection("hidden")
    assert list(mine.readable) == ["notes", "links"]
    mine.publish("chat", 1)
