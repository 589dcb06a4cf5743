"""Updates of single elements of arrays: `$`, `$[]`, `$[name]` and array filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId

import engine
from engine import Precondition, Query, Update
from engine.encoding import plain
from engine.update import Operators
from tests.engine.conftest import Make
from tests.engine.strategies import faults, refusal

Stored = Callable[..., list[dict[str, Any]]]
ID = "60c72b2f9b1d8b1a2d3e4567"
FIELDS = (
    {"name": "lines", "type": "array"},
    {"name": "few", "type": "array", "enum": [["a"], ["b"]]},
    {"name": "refs", "type": "reference", "collection": "others", "many": True},
    {"name": "n", "type": "number"},
    {"name": "x", "type": "date"},
    {"name": "data", "type": "json"},
    {"name": "number", "type": "autonumber"},
)
LINES = [{"sku": "pen", "n": 1, "tags": ["a"]}, {"sku": "ink", "n": 5, "tags": ["b", "c"]}]
DOCUMENT: dict[str, Any] = {"lines": LINES, "refs": [ID, "6" * 24], "free": [1, 5, 9], "deep": {"list": [[1], [2]]}}
REGEX = engine.query.filter.UNCHECKED_PATTERN
MATCH = "$ stands for the element that matches: filters needs a condition on 'lines', not inside $or."
NUMBERED = "The service numbers the documents itself; this field cannot be written."
NEW = "A new document has no elements to change; $setOnInsert takes no $, $[] or $[name] in a path."
ONE_NAME = "Must be an object whose conditions all begin with one name, as in $[name]."
UNFIT = "MongoDB cannot do this with the documents as they are; check the types and paths."
NO_FILTER = "No element of array_filters says which elements $[x] stands for."
OTHER = "$[x] stands for elements of another array already; use another name."
INSIDE = "The elements of the field 'refs' are ids and have nothing inside."
RENAMED = "What is inside elements of arrays cannot be renamed."
TEXT = "The operator $text is not allowed here."
EXACT = "Only one part of a path may be $."


@pytest.fixture(params=[False, True], ids=["plain", "with history"])
def history(request: pytest.FixtureRequest) -> bool:
    return request.param


def line(place: int, **changed: Any) -> list[dict[str, Any]]:
    return [item | changed if place in (index, -1) else item for index, item in enumerate(LINES)]


@pytest.mark.parametrize(
    ("filter", "update", "array_filters", "changed"),
    [
        ({"lines.sku": "ink"}, {"$set": {"lines.$.n": 7}}, None, {"lines": line(1, n=7)}),
        ({"free": {"$gte": 4}}, {"$inc": {"free.$": 1}}, None, {"free": [1, 6, 9]}),
        ({"lines": {"$elemMatch": {"n": {"$gt": 2}}}}, {"lines.$.n": 0}, None, {"lines": line(1, n=0)}),
        ({}, {"lines.$[].n": 3}, None, {"lines": line(-1, n=3)}),
        ({}, {"$mul": {"free.$[]": 2}}, None, {"free": [2, 10, 18]}),
        ({}, {"$inc": {"free.$[x]": 1}}, [{"x": {"$lt": 6}}], {"free": [2, 6, 9]}),
        ({}, {"lines.$[x].n": 0}, [{"x.sku": "pen", "x.n": {"$lt": 3}}], {"lines": line(0, n=0)}),
        ({}, {"lines.$[x].n": 0}, [{"$or": [{"x.sku": "ink"}, {"x.n": 99}]}], {"lines": line(1, n=0)}),
        ({}, {"$push": {"lines.$[l].tags": "z"}}, [{"l.n": 5}], {"lines": line(1, tags=["b", "c", "z"])}),
        (
            {},
            {"$pull": {"lines.$[].tags": {"$in": ["a", "c"]}}},
            None,
            {"lines": [line(0, tags=[])[0], line(1, tags=["b"])[1]]},
        ),
        ({}, {"lines.$[l].tags.$[t]": "y"}, [{"t": "b"}, {"l.n": 5}], {"lines": line(1, tags=["y", "c"])}),
        ({}, {"$unset": {"lines.$[x].n": 1}}, [{"x.n": {"$type": "string"}}], {}),
        ({}, {"$min": {"deep.list.$[].$[]": 1}}, None, {"deep": {"list": [[1], [1]]}}),
        ({}, {"refs.$[r]": "7" * 24}, [{"r": ID}], {"refs": ["7" * 24, "6" * 24]}),
        (
            {},
            {"lines.$[a].n": 8, "lines.$[b].sku": "x"},
            [{"a.n": 1}, {"b.n": 1}],
            {"lines": line(0, n=8, sku="x")},
        ),
    ],
)
def test_elements_are_changed(
    make: Make, history: bool, filter: dict, update: dict, array_filters: list | None, changed: dict
) -> None:
    things = make(*FIELDS, history=history)
    (name, _) = things.insert([DOCUMENT, {"lines": [], "free": [], "refs": [], "deep": {"list": []}}])
    change = Operators(update, array_filters=array_filters)
    assert things.update(Query(filter), change) == (1 if filter else 2)
    found = plain(things.find(Query({"_id": str(name)})).documents[0])
    expected = DOCUMENT | changed
    assert {key: found[key] for key in expected} == expected
    assert found["_sys"]["version"] == 2
    if history:
        before = plain(things.history.version(name, 1))
        assert {key: before[key] for key in DOCUMENT} == DOCUMENT
    preview = things.preview(
        Update(
            Query({"_id": str(name), **filter} if not filter else {"_id": str(name)}), Operators({"free.$[]": 4})
        )
    )
    assert (preview.count, (preview.samples[0].after or {})["free"]) == (1, [4, 4, 4])
    assert plain(things.find(Query({"_id": str(name)})).documents[0]) == found


def test_the_matching_element_of_many_documents(make: Make, stored: Stored, history: bool) -> None:
    things = make(*FIELDS, history=history)
    things.insert([{"free": [0] * place + [1]} for place in range(5)])
    change = Operators({"$mul": {"free.$": 10}})
    assert things.write(Update(Query({"free": 1}), change, precondition=Precondition(max_affected=5))).count == 5
    assert [item["free"][-1] for item in stored()] == [10] * 5
    refusal(
        engine.Conflict,
        things.write,
        Update(Query({"free": 10}), change, precondition=Precondition(max_affected=4)),
    )
    assert [item["free"][-1] for item in stored()] == [10] * 5


@pytest.mark.parametrize(
    ("update", "array_filters", "expected"),
    [
        ({"$set": {"lines.$.n": 1}}, None, {"update_data.$set.lines.$.n": MATCH}),
        ({"lines.$.tags.$": 1}, None, {"update_data.lines.$.tags.$": EXACT}),
        ({"n.$[]": 1}, None, {"update_data.n.$[]": "The field 'n' is of type number and has no elements."}),
        ({"number.$[]": 1}, None, {"update_data.number.$[]": NUMBERED}),
        ({"_sys.$[]": 1}, None, {"update_data._sys.$[]": "'_sys' is set by the service and cannot be written."}),
        ({"refs.$[].a": 1}, None, {"update_data.refs.$[].a": INSIDE}),
        ({"refs.$[]": "no id"}, None, {"update_data.refs.$[]": "Must be an id of 24 hexadecimal digits."}),
        (
            {"$inc": {"refs.$[]": 1}},
            None,
            {"update_data.$inc.refs.$[]": "$inc does not go with a field of type reference."},
        ),
        ({"$rename": {"lines.$[].n": "lines.$[].m"}}, None, {"update_data.$rename.lines.$[].n": RENAMED}),
        ({"$setOnInsert": {"lines.$[].n": 1}}, None, {"update_data.$setOnInsert.lines.$[].n": NEW}),
        ({"lines.$[x].n": 1}, None, {"update_data.lines.$[x].n": NO_FILTER}),
        ({"lines.$[x].n": 1}, [{"y.n": 1}], {"array_filters.0": "No path has $[y]."}),
        (
            {"lines.$[x].n": 1},
            [{"x.n": 1}, {"x.n": 2}],
            {"array_filters.1": "There is another filter for $[x]; join them with $and."},
        ),
        ({"lines.$[x].n": 1}, [{"x.n": 1, "y": 2}], {"array_filters.0": ONE_NAME}),
        ({"lines.$[x].n": 1}, [7], {"array_filters.0": ONE_NAME}),
        ({"lines.$[x].n": 1}, {"x": 1}, {"array_filters": "Must be an array of at most 100 objects."}),
        ({"lines.$[x].n": 1}, [{"x": 1}] * 101, {"array_filters": "Must be an array of at most 100 objects."}),
        ({"lines.$[x].n": 1, "free.$[x]": 1}, [{"x": 1}], {"update_data.free.$[x]": OTHER}),
        ({"n": 1}, [{"x": 1}], {"array_filters.0": "No path has $[x]."}),
        (
            {"lines.$[x].n": 1},
            [{"x.n": {"$where": "1"}}],
            {"array_filters.0.x.n.$where": "The operator $where is not allowed here."},
        ),
        (
            {"lines.$[x].n": 1},
            [{"x.n": 1, "$expr": True}],
            {"array_filters.0.$expr": "The operator $expr is not allowed here."},
        ),
        ({"lines.$[x].n": 1}, [{"x.n": 1, "$text": {"$search": "a"}}], {"array_filters.0.$text": TEXT}),
        ({"lines.$[x].n": 1}, [{"x.sku": {"$regex": "(.|\\n)*END"}}], {"array_filters.0": REGEX}),
        (
            {"$pull": {"lines.$[].tags": {"$regex": "(.|\\n)*END"}}},
            None,
            {"update_data.$pull.lines.$[].tags": REGEX},
        ),
        ({"refs.$[x]": ID}, [{"x": "no id"}], {"array_filters.0.x": "Must be an id of 24 hexadecimal digits."}),
        ({"few.$[]": "z"}, None, {"few": 'Must be one of ["a"], ["b"]. (In the document {id}.)'}),
        ({"none.$[]": 1}, None, {"update_data": UNFIT}),
    ],
)
def test_what_is_refused_changes_nothing(
    make: Make, stored: Stored, history: bool, update: dict, array_filters: Any, expected: dict[str, str]
) -> None:
    things = make(*FIELDS, history=history)
    (name,) = things.insert([DOCUMENT | {"few": ["a"]}])
    before = stored(system=True)
    given = dict(faults(engine.Invalid, things.update, Query(), Operators(update, array_filters=array_filters)))
    assert given == {place: text.replace("{id}", str(name)) for place, text in expected.items()}
    assert stored(system=True) == before


def test_an_upsert_has_no_elements(make: Make, stored: Stored) -> None:
    things = make(*FIELDS)
    update = Update(Query({"n": 1}), Operators({"lines.$[].n": 1}), upsert=True)
    assert [place for place, _ in faults(engine.Invalid, things.write, update)] == ["upsert"]
    assert stored() == []


def test_array_filters_share_the_cap_on_parts(make: Make) -> None:
    things = make(*FIELDS)
    names = ["a", "b", "c"]
    change = Operators(
        {f"free.$[{name}]": 1 for name in names}, array_filters=[{name: {"$in": [0] * 800}} for name in names]
    )
    refusal(engine.TooLarge, things.update, Query(), change)


def test_a_declared_field_of_the_same_name_does_not_type_an_element(make: Make, stored: Stored) -> None:
    """The name `x` of an array filter is not the declared date `x`."""
    things = make(*FIELDS)
    things.insert([{"free": ["2024-01-02", ObjectId(ID).binary.hex()]}])
    assert things.update(Query(), Operators({"free.$[x]": 0}, array_filters=[{"x": "2024-01-02"}])) == 1
    assert stored()[0]["free"][0] == 0
