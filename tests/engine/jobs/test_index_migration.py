"""Indexes of fields that are renamed or dropped: what follows, what goes, and what holds in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo import MongoClient

import engine
from engine.indexes import NewIndex, TextOptions
from engine.jobs import Report, declared_by, parse_steps
from engine.schema import Collation
from tests.engine.conftest import Make
from tests.engine.jobs.test_migrate import done, field, migration

Mongo = MongoClient[dict[str, Any]]
RENAME = {"op": "rename", "name": "code", "to": "sku"}
DROP = {"op": "drop", "name": "code"}
POINT = {"type": "Point", "coordinates": [25, 60]}


@pytest.fixture
def indexes(mongo: Mongo, database: str) -> Callable[[], dict[str, dict[str, Any]]]:
    """The indexes that MongoDB has, without what it adds itself."""

    def found() -> dict[str, dict[str, Any]]:
        made_by_mongodb = ("v", "textIndexVersion", "2dsphereIndexVersion", "ns")
        return {
            name: {key: value for key, value in spec.items() if key not in made_by_mongodb}
            for name, spec in mongo[database]["things"].index_information().items()
            if name != "_id_"
        }

    return found


ENGLISH = Collation("en", 2).as_mongodb() | {
    **{"caseLevel": False, "numericOrdering": False, "alternate": "non-ignorable", "maxVariable": "punct"},
    **{"normalization": False, "backwards": False, "version": "57.1"},
}
CASES: list[tuple[NewIndex, Any, str, dict[str, Any]]] = [
    (NewIndex([("code", 1)]), "a", "sku_1", {"key": [("sku", 1)]}),
    (NewIndex([("code", -1)], name="mine"), "a", "mine", {"key": [("sku", -1)]}),
    (NewIndex([("code", 1)], unique=True), "a", "sku_1", {"key": [("sku", 1)], "unique": True}),
    (NewIndex([("code", 1)], unique=True, name="m"), "a", "m", {"key": [("sku", 1)], "unique": True}),
    (
        NewIndex([("a", 1), ("code.x", -1), ("b", 1)], unique=True),
        {"x": 1},
        "a_1_sku.x_-1_b_1",
        {"key": [("a", 1), ("sku.x", -1), ("b", 1)], "unique": True},
    ),
    (
        NewIndex([("code", 1)], unique=True, collation=Collation("en", 2)),
        "a",
        "sku_1_en_2",
        {"key": [("sku", 1)], "unique": True, "collation": ENGLISH},
    ),
    (NewIndex([("code", 1)], expires=10), None, "sku_1", {"key": [("sku", 1)], "expireAfterSeconds": 10}),
    (NewIndex([("code", "2dsphere")]), POINT, "sku_2dsphere", {"key": [("sku", "2dsphere")]}),
    (
        NewIndex([("a", 1)], partial={"code": {"$gt": 1}, "b": {"$exists": True}}),
        5,
        "a_1",
        {
            "key": [("a", 1)],
            "partialFilterExpression": {"sku": {"$gt": 1}, "b": {"$exists": True}},
        },
    ),
    (
        NewIndex([("a", 1)], unique=True, partial={"$and": [{"code": {"$gt": 1}}, {"code.x": 5}]}),
        5,
        "a_1",
        {
            "key": [("a", 1)],
            "unique": True,
            "partialFilterExpression": {"$and": [{"sku": {"$gt": 1}}, {"sku.x": 5}]},
        },
    ),
]


@pytest.mark.parametrize(("wanted", "value", "name", "expected"), CASES)
def test_an_index_follows_a_rename(
    make: Make, indexes: Any, wanted: NewIndex, value: Any, name: str, expected: dict[str, Any]
) -> None:
    things = make(field("code", "json"), field("codes"))
    things.insert([{"code": value, "codes": "x"}])
    things.indexes.create(NewIndex([("codes", 1)]))
    old = things.indexes.create(wanted)
    change = migration(things, RENAME)
    told = change.check(lambda _: None)
    assert told.indexes == [{"name": old, "new_name": name}]
    report = done(change)
    assert (report.changed, report.unfit, report.indexes) == (1, 0, told.indexes)
    found = indexes()
    assert found.pop("codes_1") == {"key": [("codes", 1)]}
    assert found == {name: expected}


@pytest.mark.parametrize("wanted", [case[0] for case in CASES], ids=lambda wanted: wanted.title)
def test_a_dropped_field_takes_its_indexes_along(make: Make, indexes: Any, wanted: NewIndex) -> None:
    things = make(field("code", "json"))
    things.insert([{"code": POINT, "a": 1}, {"code": POINT, "a": 2}] if not wanted.unique else [{"code": 1}])
    things.indexes.create(wanted)
    change = migration(things, DROP)
    assert change.check(lambda _: None).indexes == [{"name": wanted.title, "new_name": None}]
    report = done(change)
    assert (report.unfit, indexes()) == (0, {})
    things.store.insert(things.database, things.spec.physical, [{"a": 5}, {"a": 6}])


def test_a_unique_index_holds_after_the_rename(make: Make, stored: Any) -> None:
    things = make(field("code"))
    things.insert([{"code": "a"}, {"code": "b"}])
    things.indexes.create(NewIndex([("code", 1)], unique=True))
    done(migration(things, RENAME))
    assert stored() == [{"sku": "a"}, {"sku": "b"}]
    things.store.insert(things.database, things.spec.physical, [{"sku": "c"}])
    for taken in ({"sku": "a"}, {"sku": "c"}):
        with pytest.raises(engine.Conflict, match="sku must be unique"):
            things.store.insert(things.database, things.spec.physical, [taken])


def test_text_is_found_after_the_rename(make: Make, indexes: Any) -> None:
    things = make(field("code"), field("more"))
    things.insert([{"code": "quick fox", "more": "snail"}])
    things.indexes.create(NewIndex([("code", "text"), ("more", "text")]))
    done(migration(things, RENAME))
    assert list(indexes()) == ["sku_text_more_text"]
    assert indexes()["sku_text_more_text"]["weights"] == {"more": 1, "sku": 1}
    for word in ("fox", "snail"):
        assert len(things.find(engine.Query({"$text": {"$search": word}})).documents) == 1


def test_the_field_of_a_documents_language_is_renamed(make: Make, indexes: Any) -> None:
    things = make(field("code"), field("title"))
    things.insert([{"code": "german", "title": "Häuser"}])
    options = TextOptions(language_override="code", weights={"title": 3})
    things.indexes.create(NewIndex([("title", "text")], text=options))
    done(migration(things, RENAME))
    found = indexes()["title_text"]
    assert (found["language_override"], found["weights"]) == ("sku", {"title": 3})


def test_names_that_are_exchanged(make: Make, indexes: Any, stored: Any) -> None:
    things = make(field("a"), field("b", unique=True))
    things.insert([{"a": "1", "b": "x"}, {"a": "2", "b": "y"}])
    things.indexes.create(NewIndex([("a", 1)], unique=True))
    things.indexes.create(NewIndex([("b", 1)]))
    steps = [("a", "t"), ("b", "a"), ("t", "b")]
    done(migration(things, *({"op": "rename", "name": old, "to": new} for old, new in steps)))
    assert stored() == [{"b": "1", "a": "x"}, {"b": "2", "a": "y"}]
    assert {name: spec["key"] for name, spec in indexes().items() if not name.startswith("unique_")} == {
        "b_1": [("b", 1)],
        "a_1": [("a", 1)],
    }
    assert indexes()["b_1"].get("unique") is True


def test_an_index_that_the_new_name_has_already(make: Make, indexes: Any) -> None:
    things = make(field("code"))
    things.insert([{"code": "a"}])
    keys = {"code_1": ("code", 1), "sku_1": ("code", -1), "x": ("sku", 1)}
    for name, key in keys.items():
        things.indexes.create(NewIndex([key], name=name))
    done(migration(things, RENAME))
    assert {name: spec["key"] for name, spec in indexes().items()} == {"x": [("sku", 1)], "sku_1": [("sku", -1)]}


def test_a_clash_under_the_new_name_changes_nothing(make: Make, indexes: Any, stored: Any) -> None:
    things = make(field("code"))
    things.insert([{"code": "a"}, {"sku": "x"}, {"sku": "x", "code": None}])
    things.indexes.create(NewIndex([("code", 1), ("n", 1)]))
    before = stored(system=True)
    change = migration(things, {"op": "add", "field": field("sku", unique=True)})
    plan = change.indexes()
    with pytest.raises(engine.Conflict) as caught:
        change.prepare(plan)
    assert caught.value.details["examples"][0]["values"] == {"sku": "x"}
    change.undo(plan)
    assert (stored(system=True), list(indexes())) == (before, ["code_1_n_1"])


STEPS = ("plan", "prepare", "run", "finish")


@pytest.mark.parametrize("died_after", STEPS)
def test_a_change_that_is_killed_is_resumed(make: Make, indexes: Any, stored: Any, died_after: str) -> None:
    things = make(field("code"), field("at", "datetime"))
    things.insert([{"code": "a", "at": "2099-01-01"}, {"code": "b"}, {"code": "c"}])
    things.indexes.create(NewIndex([("code", 1)], unique=True))
    things.indexes.create(NewIndex([("at", 1)], expires=5))
    change = migration(things, RENAME, {"op": "rename", "name": "at", "to": "when"})
    text = change.indexes().as_text()
    report = Report()
    for step in STEPS[: STEPS.index(died_after) + 1]:
        if step == "prepare":
            change.prepare(change.indexes(text))
        elif step == "run":
            report = change.run(lambda _: None)
        elif step == "finish":
            change.finish(change.indexes(text), report)
    change.prepare(change.indexes(text))
    change.finish(change.indexes(text), change.run(lambda _: None))
    assert indexes() == {
        "sku_1": {"key": [("sku", 1)], "unique": True},
        "when_1": {"key": [("when", 1)], "expireAfterSeconds": 5},
    }
    assert [item["sku"] for item in stored()] == ["a", "b", "c"]


@pytest.mark.parametrize("prepared", [False, True])
def test_a_change_that_is_given_up_leaves_the_old_indexes(make: Make, indexes: Any, prepared: bool) -> None:
    things = make(field("code"), field("n", "number"))
    things.insert([{"code": "a", "n": 1}, {"code": "b", "n": 2}])
    things.indexes.create(NewIndex([("code", 1)], unique=True))
    things.indexes.create(NewIndex([("code", -1), ("n", 1)]))
    before = indexes()
    change = migration(things, RENAME, {"op": "retype", "field": field("n", "number", unique=True)})
    text = change.indexes().as_text()
    if prepared:
        change.prepare(change.indexes(text))
        assert indexes() != before
    change.undo(change.indexes(text))
    assert indexes() == before


def test_values_are_unique_while_documents_are_rewritten(make: Make, indexes: Any, stored: Any) -> None:
    things = make(field("code"))
    things.insert([{"code": "a"}, {"code": "b"}])
    things.indexes.create(NewIndex([("code", 1)], unique=True))
    change = migration(things, RENAME)
    plan = change.indexes()
    change.prepare(plan)

    def put(document: dict[str, Any]) -> None:
        stamps = things.stored(things.matching({})[0])["_sys"]  # type: ignore[index]
        things.store.insert(things.database, things.spec.physical, [{**document, "_sys": stamps}])

    for taken in ({"code": "a"}, {"code": "b"}):
        with pytest.raises(engine.Conflict):
            put(taken)
    put({"sku": "b"})
    put({"more": 1})
    put({"more": 2})
    with pytest.raises(engine.Conflict):
        put({"sku": "b"})
    report = change.run(lambda _: None)
    change.finish(plan, report)
    # The value that a new document took in between is not taken from it, and the old document stays as it was.
    assert [(item["field"], item["value"]) for item in report.examples] == [("sku", None)]
    # Those that were put there have ids of the driver's, which come before or after the others.
    expected = [{"sku": "a"}, {"code": "b"}, {"sku": "b"}, {"more": 1}, {"more": 2}]
    assert sorted(stored(), key=repr) == sorted(expected, key=repr)
    assert [item["new_name"] for item in report.indexes] == ["sku_1", "code_1.after"]
    assert "message" in report.indexes[1]
    with pytest.raises(engine.Conflict):
        put({"sku": "a"})


def test_a_renamed_autonumber_goes_on(make: Make, stored: Any) -> None:
    things = make(field("no", "autonumber"))
    things.insert([{}, {}, {}])
    done(migration(things, {"op": "rename", "name": "no", "to": "number"}))
    assert [item["number"] for item in stored()] == [1, 2, 3]
    assert things.store.reserve(things.database, things.counters, "number", 1) == 4


def test_templates_follow_a_rename_and_are_in_the_way_of_a_drop(make: Make) -> None:
    schema = make(field("first"), field("label", template="{{first}} {{ first.x }}")).spec.schema
    limits = engine.Limits()
    steps, _ = parse_steps([{"op": "rename", "name": "first", "to": "given"}], limits=limits)
    after, errors = declared_by(schema, steps, limits=limits)
    assert (errors, after.by_name["label"].template) == ([], "{{given}} {{ given.x }}")
    steps, _ = parse_steps([{"op": "drop", "name": "first"}], limits=limits)
    text = "The template of the computed field 'label' names 'first'; change that field first."
    assert declared_by(schema, steps, limits=limits)[1] == [engine.FieldError("operations.0", text)]
    steps, _ = parse_steps([{"op": "drop", "name": name} for name in ("label", "first")], limits=limits)
    assert declared_by(schema, steps, limits=limits)[1] == []
