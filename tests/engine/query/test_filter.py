"""The filter's allow-list at every depth, its caps and its coercion; and MongoDB takes whatever comes out of it."""

from __future__ import annotations

import copy
import time
from datetime import datetime
from typing import Any

import pytest
from bson import Decimal128, ObjectId, Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine
from engine.limits import Limits
from engine.query.filter import OPERATORS, compile_filter
from engine.schema import TYPES
from engine.schema.declaration import parse_schema
from engine.schema.schema import Schema
from tests.engine.conftest import Make
from tests.engine.strategies import FLOATS, INTEGERS, PLAIN_NAMES, TEXTS, examples, faults, refusal

LIMITS = Limits()
HEX = "507f1f77bcf86cd799439011"
ID = ObjectId(HEX)
# Whatever the list grows to, these run code, write, or reach beyond the collection.
NEVER = ("$where", "$function", "$accumulator", "$out", "$merge", "$lookup", "$jsonSchema", "$comment", "$natural")
BANNED = (
    *NEVER,
    *("$search", "$rand", "$sampleRate", "$near", "$nearSphere", "$query", "$orderby", "$hint", "$maxTimeMS"),
    *("$", "$$ROOT", "$EQ", "$eq ", "$set", "$ref", "$id", "$db", "$literal", "$regexMatch", "$add"),
)
OF_QUERIES = ("$and", "$or", "$nor", "$expr", "$text")
# What lies inside of these follows lists of its own, which their own tests keep.
OWN_WORLDS = ("$expr", "$text", "$geoWithin", "$geoIntersects")
TYPED, _ = parse_schema([{"name": name, "type": name} for name in TYPES], limits=LIMITS)


def compiled(raw: Any, schema: Schema = TYPED) -> dict[str, Any]:
    return compile_filter(raw, schema, root="filters", limits=LIMITS)


def told(raw: Any, schema: Schema = TYPED) -> list[tuple[Any, ...]]:
    return faults(engine.Invalid, compile_filter, raw, schema, root="filters", limits=LIMITS)


def forbidden(name: str) -> str:
    return f"The operator {name} is not allowed here."


# --- the allow-list -----------------------------------------------------------------------------------

COMPARISONS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")
# Where a banned operator is put (as the key at "HERE"), and the path at which it must be told.
PLACES = [
    ({"HERE": 1}, "filters.{}"),
    ({"a": 1, "HERE": 1}, "filters.{}"),
    ({"a": {"HERE": 1}}, "filters.a.{}"),
    ({"a": {"$gt": 1, "HERE": 1}}, "filters.a.{}"),
    ({"a": {"HERE": 1, "b": 1}}, "filters.a.{}"),
    ({"a": {"$not": {"HERE": 1}}}, "filters.a.$not.{}"),
    ({"a": {"$not": {"$not": {"HERE": 1}}}}, "filters.a.$not.$not.{}"),
    ({"a": {"$elemMatch": {"HERE": 1}}}, "filters.a.$elemMatch.{}"),
    ({"a": {"$elemMatch": {"b": {"HERE": 1}}}}, "filters.a.$elemMatch.b.{}"),
    ({"a": {"$elemMatch": {"$and": [{"HERE": 1}]}}}, "filters.a.$elemMatch.$and.0.{}"),
    ({"a": {"$elemMatch": {"$elemMatch": {"HERE": 1}}}}, "filters.a.$elemMatch.$elemMatch.{}"),
    ({"$and": [{"a": 1}, {"HERE": 1}]}, "filters.$and.1.{}"),
    ({"$or": [{"$nor": [{"$and": [{"HERE": 1}]}]}]}, "filters.$or.0.$nor.0.$and.0.{}"),
    ({"$nor": [{"a": {"$not": {"$elemMatch": {"b": {"HERE": 1}}}}}]}, "filters.$nor.0.a.$not.$elemMatch.b.{}"),
    *(({"a": {name: {"HERE": 1}}}, f"filters.a.{name}.{{}}") for name in COMPARISONS),
    *(({"a": {name: [1, {"HERE": 1}]}}, f"filters.a.{name}.1.{{}}") for name in ("$in", "$nin", "$all")),
    ({"a": {"$eq": [{"b": [{"HERE": 1}]}]}}, "filters.a.$eq.0.b.0.{}"),
    ({"a": {"b": {"HERE": 1}}}, "filters.a.b.{}"),
    ({"a": {"b": [[{"HERE": 1}]]}}, "filters.a.b.0.0.{}"),
    ({"a": [{"HERE": 1}]}, "filters.a.0.{}"),
    ({"a.b": [{"c": {"HERE": 1}}]}, "filters.a.b.0.c.{}"),
]


def planted(shape: Any, name: str) -> Any:
    if isinstance(shape, dict):
        return {name if key == "HERE" else key: planted(value, name) for key, value in shape.items()}
    return [planted(item, name) for item in shape] if isinstance(shape, list) else shape


@pytest.mark.parametrize(("shape", "place"), PLACES)
def test_what_is_not_on_the_list_is_refused_wherever_it_is(shape: Any, place: str) -> None:
    for name in BANNED:
        assert place.format(name) in [path for path, _ in told(planted(shape, name), Schema())]


@pytest.mark.parametrize("name", [name for name in OPERATORS if name not in OF_QUERIES])
def test_an_operator_of_fields_is_none_of_queries(name: str) -> None:
    assert told({name: 1}) == [(f"filters.{name}", forbidden(name))]
    assert told({"$and": [{name: []}]}) == [(f"filters.$and.0.{name}", forbidden(name))]


@pytest.mark.parametrize("name", OF_QUERIES)
def test_an_operator_of_queries_is_none_of_fields(name: str) -> None:
    assert told({"a": {name: [{"b": 1}]}}) == [(f"filters.a.{name}", forbidden(name))]
    assert told({"a": {"$not": {name: [{"b": 1}]}}}) == [(f"filters.a.$not.{name}", forbidden(name))]


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_no_operator_is_a_value(name: str) -> None:
    assert told({"a": {"$eq": {name: 1}}}) == [
        (f"filters.a.$eq.{name}", "A field name must not begin with '$'."),
    ]


def test_what_is_never_on_the_list() -> None:
    assert not set(BANNED) & set(OPERATORS)
    assert set(OF_QUERIES) < set(OPERATORS)


# --- operands -----------------------------------------------------------------------------------------

OBJECT, BRANCHES = "Must be a JSON object.", "Must be an array of at least one filter."
CONDITIONS, NEGATION = "Must be an object of conditions.", "Must be an object of operators."
WHOLE = "Must be a whole number that is not negative."
MODULO = "Must be [divisor, remainder], whole numbers, the divisor not 0."
KINDS = (
    "Must be one or more of array, binData, bool, date, decimal, double, int, long, null, number, object, objectId,"
    " regex, string, timestamp."
)
EMPTY = "A field name must not be empty."
TOO_LONG = "The integer does not fit in 64 bits."
NO_ID = "Must be an id of 24 hexadecimal digits."


@pytest.mark.parametrize(
    ("name", "text", "operands"),
    [
        ("$not", NEGATION, [{}, {"b": 1}, "x", [], None, {"$gt": 1, "b": 1}]),
        ("$elemMatch", CONDITIONS, [{}, [], 1, None]),
        *((name, "Must be an array.", [1, {}, None, "x"]) for name in ("$in", "$nin", "$all")),
        ("$exists", "Must be true or false.", [1, 0, "true", None, []]),
        ("$size", WHOLE, [-1, 1.0, "1", True, None, 2**31]),
        ("$mod", MODULO, [[0, 1], [2], [2, 1, 0], [2.0, 1], [True, 1], [2, True], 2, [2**63, 1], ["2", 1], None]),
        ("$type", KINDS, [2, "text", ["string", 1], "javascript", "undefined", None, {}, [], [[]]]),
        ("$regex", "Must be text without NUL.", [1, None, {}, [], "a\0", True]),
        ("$regex", "Is longer than 1000 characters (MAX_REGEX_LENGTH).", ["x" * 1001]),
        ("$options", 'Must be letters of "imsx".', ["g", "I", 1, None, "i\n", []]),
    ],
)
def test_an_operand_that_is_refused(name: str, text: str, operands: list[Any]) -> None:
    for operand in operands:
        beside = {"$regex": "x"} if name == "$options" else {}
        assert told({"a": {name: operand} | beside}) == [(f"filters.a.{name}", text)], operand
        assert told({"$or": [{"b": {"$elemMatch": {"c": {name: operand} | beside}}}]}) == [
            (f"filters.$or.0.b.$elemMatch.c.{name}", text)
        ]


@pytest.mark.parametrize(
    ("raw", "place", "text"),
    [
        *((raw, "filters", OBJECT) for raw in (None, [], "x", 1, True)),
        *(({"$and": raw}, "filters.$and", BRANCHES) for raw in ([], {}, 1, None)),
        *(({name: []}, f"filters.{name}", BRANCHES) for name in ("$or", "$nor")),
        ({"$and": [1]}, "filters.$and.0", OBJECT),
        ({"$or": [{}, None]}, "filters.$or.1", OBJECT),
        ({"": 1}, "filters.", EMPTY),
        ({".a": 1}, "filters..a", EMPTY),
        ({"a.": 1}, "filters.a.", EMPTY),
        ({"a..b": 1}, "filters.a..b", EMPTY),
        ({"a\0": 1}, "filters.a\0", "A field name must not contain NUL."),
        ({"a.$b": 1}, "filters.a.$b", "A field name must not begin with '$'."),
        ({"a." * 32 + "a": 1}, "filters." + "a." * 32 + "a", "Deeper than 32 levels (MAX_DEPTH)."),
        ({"a": {"$elemMatch": {"$gt": 1, "b": 1}}}, "filters.a.$elemMatch.$gt", forbidden("$gt")),
        ({"a": {"$options": "i"}}, "filters.a.$options", "Goes only with $regex."),
        ({"a": {"$gt": 1, "b": 1}}, "filters.a.b", forbidden("b")),
        ({"a": 2**63}, "filters.a", TOO_LONG),
        ({"a": {"$in": [1, -(2**63) - 1]}}, "filters.a.$in.1", TOO_LONG),
        ({"a": {"$eq": {"b": [2**64]}}}, "filters.a.$eq.b.0", TOO_LONG),
        ({"a": {"b.c": 1}}, "filters.a.b.c", "A field name must not contain a dot."),
        ({"_id": "xyz"}, "filters._id", NO_ID),
        ({"_id": 5}, "filters._id", NO_ID),
        ({"_id": {"$in": [HEX, "x"]}}, "filters._id.$in.1", NO_ID),
        ({"_id": {"$ne": {"a": 1}}}, "filters._id.$ne", NO_ID),
        ({"$or": [{"_id": {"$not": {"$gt": ""}}}]}, "filters.$or.0._id.$not.$gt", NO_ID),
        ({"objectid": {"$elemMatch": {"$eq": "x"}}}, "filters.objectid.$elemMatch.$eq", NO_ID),
        ({"date": "2023-02-30"}, "filters.date", "This date or time does not exist."),
    ],
)
def test_a_filter_that_is_refused(raw: Any, place: str, text: str) -> None:
    assert told(raw) == [(place, text)]


def test_every_fault_at_once() -> None:
    raw = {"$where": 1, "a": {"$size": -1, "$bad": 1}, "$or": [{"b.": 1}, {"_id": "x"}], "c": {"$in": [{"$d": 1}]}}
    assert [path for path, _ in told(raw)] == [
        *("filters.$where", "filters.a.$size", "filters.a.$bad", "filters.$or.0.b.", "filters.$or.1._id"),
        "filters.c.$in.0.$d",
    ]


def test_the_callers_own_word_for_the_filter_begins_each_path() -> None:
    assert faults(engine.Invalid, engine.Query({"$x": 1}, root="q").compiled, TYPED, limits=LIMITS) == [
        ("q.$x", forbidden("$x"))
    ]


# --- caps ---------------------------------------------------------------------------------------------


def chain(times: int, wrap: Any) -> Any:
    found: Any = {"a": 1}
    for _ in range(times):
        found = wrap(found)
    return found


@pytest.mark.parametrize(
    ("raw", "cap"),
    [
        ({"$or": [{"a": number} for number in range(3000)]}, "MAX_QUERY_NODES"),
        ({"$or": [{"a": number} for number in range(700)]}, None),
        ({f"f{number}": 1 for number in range(2001)}, "MAX_QUERY_NODES"),
        ({f"f{number}": 1 for number in range(2000)}, None),
        ({"a": {"$in": [*range(2000)]}}, "MAX_QUERY_NODES"),
        ({"a": {"$in": [*range(1900)]}}, None),
        ({"a": [*range(2000)]}, "MAX_QUERY_NODES"),
        ({"a": {"$eq": {"b": [[1] * 50] * 50}}}, "MAX_QUERY_NODES"),
        ({"$and": [{"a": {"$in": [*range(1000)]}}, {"b": {"$nin": [*range(1000)]}}]}, "MAX_QUERY_NODES"),
        (chain(15, lambda inner: {"$and": [inner]}), None),
        (chain(16, lambda inner: {"$and": [inner]}), "MAX_DEPTH"),
        (chain(5000, lambda inner: {"$and": [inner]}), "MAX_DEPTH"),
        ({"a": chain(5000, lambda inner: {"$not": inner})}, "MAX_DEPTH"),
        (chain(900, lambda inner: {"a": {"$elemMatch": inner}}), "MAX_DEPTH"),
        ({"$or": [{"a": number} for number in range(100_000)]}, "MAX_QUERY_NODES"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value),
)
def test_the_caps_are_met_quickly(raw: Any, cap: str | None) -> None:
    began = time.process_time()
    if cap is None:
        assert compiled(raw) == raw
    else:
        assert f"({cap})" in refusal(engine.TooLarge, compiled, raw).message
    assert time.process_time() - began < 5


def test_a_deep_value_is_refused() -> None:
    deep = chain(40, lambda inner: {"b": inner})
    assert told({"a": deep})[-1][1] == "Nested deeper than 32 levels (MAX_DEPTH)."
    assert told({"a": {"$in": [chain(5000, lambda inner: [inner])]}})[-1][1].endswith("(MAX_DEPTH).")


# --- coercion -----------------------------------------------------------------------------------------

DAY = datetime(2023, 10, 27)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"_id": HEX}, {"_id": ID}),
        ({"_id": HEX.upper()}, {"_id": ID}),
        ({"_id": None}, {"_id": None}),
        ({"_id": {"$in": [HEX, None]}}, {"_id": {"$in": [ID, None]}}),
        ({"_id": {"$not": {"$gt": HEX}}}, {"_id": {"$not": {"$gt": ID}}}),
        ({"_id": {"$exists": True}}, {"_id": {"$exists": True}}),
        ({"$and": [{"$or": [{"_id": HEX}]}]}, {"$and": [{"$or": [{"_id": ID}]}]}),
        ({"date": "2023-10-27"}, {"date": DAY}),
        ({"date": {"$gte": "2023-10-27", "$lt": "2023-10-27T00:00:00+00:00"}}, {"date": {"$gte": DAY, "$lt": DAY}}),
        ({"datetime": {"$nin": ["2023-10-27"]}}, {"datetime": {"$nin": [DAY]}}),
        ({"date": {"$elemMatch": {"$gt": "2023-10-27"}}}, {"date": {"$elemMatch": {"$gt": DAY}}}),
        ({"_sys.created": {"$lt": "2023-10-27"}}, {"_sys.created": {"$lt": DAY}}),
        ({"_sys": {"$elemMatch": {"created": "2023-10-27"}}}, {"_sys": {"$elemMatch": {"created": DAY}}}),
        ({"objectid": HEX}, {"objectid": ID}),
        ({"decimal128": {"$all": ["1.5"]}}, {"decimal128": {"$all": [Decimal128("1.5")]}}),
        ({"binary": "aGk="}, {"binary": b"hi"}),
        ({"timestamp": {"t": 1, "i": 2}}, {"timestamp": Timestamp(1, 2)}),
        ({"timestamp": {"$lt": {"t": 1, "i": 2}}}, {"timestamp": {"$lt": Timestamp(1, 2)}}),
        ({"string": HEX, "unknown": HEX, "a._id": HEX}, {"string": HEX, "unknown": HEX, "a._id": HEX}),
        ({"string": 5, "boolean": "x"}, {"string": 5, "boolean": "x"}),
        ({"date": {"$type": "string"}}, {"date": {"$type": "string"}}),
    ],
)
def test_operands_take_the_declared_type(raw: Any, expected: Any) -> None:
    before = copy.deepcopy(raw)
    assert compiled(raw) == expected
    assert raw == before


# --- any input ----------------------------------------------------------------------------------------

KEYS = st.sampled_from([*OPERATORS, *BANNED, "a", "b.c", "_id", "date", "", "a.", "x y"]) | TEXTS
ANYTHING = st.recursive(
    st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS | st.just(HEX) | st.just("2023-10-27"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=20,
)
# Filters that mostly hold together, so that the walk gets deep before it meets something odd.
OFTEN = st.sampled_from([*OPERATORS, "a", "b"])
CONDITION = st.recursive(
    ANYTHING,
    lambda inner: st.dictionaries(OFTEN, inner | st.lists(inner, max_size=2), max_size=2),
    max_leaves=8,
)
BRANCHING = st.lists(st.dictionaries(KEYS, CONDITION, max_size=2), min_size=1, max_size=3)
FILTERS = st.dictionaries(KEYS, CONDITION, max_size=3) | st.fixed_dictionaries({"$and": BRANCHING})


def dollar_keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        inner = (dollar_keys(inside) for key, inside in value.items() if key not in OWN_WORLDS)
        return {key for key in value if key.startswith("$")}.union(*inner)
    return set().union(*map(dollar_keys, value)) if isinstance(value, list) else set()


@settings(
    max_examples=examples(120), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(FILTERS | ANYTHING)
def test_any_input_is_refused_or_becomes_a_filter_of_allowed_operators(
    store: engine.Store, shared: str, raw: Any
) -> None:
    try:
        found = compiled(raw)
    except (engine.Invalid, engine.TooLarge) as problem:
        assert problem.errors
        return
    assert dollar_keys(found) <= set(OPERATORS)
    try:
        store.find(shared, "filters", found, sort=[("_id", 1)], fields=None, skip=0, limit=1)
    except engine.Invalid:
        # MongoDB has a say in patterns and in how operators go together; it never answers with anything else.
        assert dollar_keys(found)


SCALARS = st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS
PATHS = st.lists(PLAIN_NAMES.filter(bool), min_size=1, max_size=3).map(".".join)
LITERALS = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(PLAIN_NAMES, SCALARS, max_size=2)
GOOD_OPERATORS = st.one_of(
    *(st.fixed_dictionaries({name: LITERALS}) for name in ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")),
    *(st.fixed_dictionaries({name: st.lists(LITERALS, max_size=3)}) for name in ("$in", "$nin", "$all")),
    st.fixed_dictionaries({"$exists": st.booleans()}),
    st.fixed_dictionaries({"$size": st.integers(0, 9)}),
    st.fixed_dictionaries({"$mod": st.tuples(st.integers(1, 9), st.integers(-9, 9)).map(list)}),
    st.fixed_dictionaries({"$type": st.sampled_from(["string", "number", "long"]) | st.just(["null", "date"])}),
    st.fixed_dictionaries({"$regex": st.sampled_from(["^a", "(b|c)", ""])}, optional={"$options": st.just("im")}),
)
GOOD_CONDITIONS = st.recursive(
    GOOD_OPERATORS,
    lambda inner: (
        st.fixed_dictionaries({"$not": inner})
        | st.fixed_dictionaries({"$elemMatch": inner})
        | st.fixed_dictionaries({"$elemMatch": st.dictionaries(PATHS, inner | SCALARS, min_size=1, max_size=2)})
    ),
    max_leaves=3,
)
GOOD_FILTERS = st.recursive(
    st.dictionaries(PATHS, GOOD_CONDITIONS | LITERALS, max_size=3),
    lambda inner: st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("$and", "$or", "$nor"), st.lists(inner, min_size=1, max_size=2))
    ),
    max_leaves=3,
)


def containers(value: Any, path: str) -> list[tuple[str, Any]]:
    """Every object in a filter, with its path."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inner = [found for key, child in items for found in containers(child, f"{path}.{key}")]
    return [(path, value), *inner] if isinstance(value, dict) else inner


@settings(
    max_examples=examples(80), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(GOOD_FILTERS, st.sampled_from(BANNED), st.data())
def test_a_good_filter_is_taken_as_it_is_and_refused_with_anything_banned_in_it(
    store: engine.Store, shared: str, raw: dict[str, Any], name: str, data: st.DataObject
) -> None:
    assert compiled(raw, Schema()) == raw
    store.find(shared, "filters", raw, sort=[("_id", 1)], fields=None, skip=0, limit=1)
    spoilt = copy.deepcopy(raw)
    path, inside = data.draw(st.sampled_from(containers(spoilt, "filters")))
    inside[name] = data.draw(SCALARS)
    assert any(place.startswith(path) and place.endswith(name) for place, *_ in told(spoilt, Schema()))


# --- what MongoDB finds -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ({}, "abcd"),
        ({"n": 1}, "a"),
        ({"n": 1.0}, "a"),
        ({"n": None}, "cd"),
        ({"n": {"$exists": False}}, "d"),
        ({"n": {"$gt": 0, "$lt": 2}}, "a"),
        ({"n": {"$not": {"$gt": 1}}}, "acd"),
        ({"n": {"$in": [1, 2]}}, "ab"),
        ({"day": "2023-10-27"}, "a"),
        ({"day": {"$gt": "2023-10-27"}}, "b"),
        ({"tags": {"$all": ["x", "y"]}}, "a"),
        ({"tags": {"$size": 1}}, "b"),
        ({"tags": ["x", "y"]}, "a"),
        ({"name": {"$regex": "^[AB]$", "$options": "i"}}, "ab"),
        ({"name": {"$regex": "^[AB]$"}}, ""),
        ({"items": {"$elemMatch": {"k": 1, "v": {"$gt": 5}}}}, "a"),
        ({"items.v": 9}, "a"),
        ({"items.0.k": 1}, "ab"),
        ({"a b.c d": 1}, "c"),
        ({"$or": [{"n": 1}, {"name": "d"}]}, "ad"),
        ({"$nor": [{"n": 1}, {"name": "d"}]}, "bc"),
        ({"n": {"$mod": [2, 1]}}, "a"),
        ({"n": {"$type": ["null", "int"]}}, "abc"),
        ({"o": {"x": 1, "y": 2}}, "d"),
        ({"o": {"y": 2, "x": 1}}, ""),
        ({"_sys.version": 1}, "abcd"),
        ({"_sys.created_by": "tester"}, "abcd"),
        ({"_sys.created": {"$gt": "2999-01-01"}}, ""),
    ],
)
def test_what_is_found(make: Make, raw: Any, names: str) -> None:
    things = make({"name": "day", "type": "date"})
    things.insert(
        [
            {"name": "a", "n": 1, "day": "2023-10-27", "tags": ["x", "y"], "items": [{"k": 1, "v": 9}]},
            {
                "name": "b",
                "n": 2,
                "day": "2023-10-28",
                "tags": ["x"],
                "items": [{"k": 1, "v": 1}, {"k": 2, "v": 6}],
            },
            {"name": "c", "n": None, "a b": {"c d": 1}},
            {"name": "d", "o": {"x": 1, "y": 2}},
        ]
    )
    page = things.find(engine.Query(raw, sort=(("name", 1),)))
    assert "".join(document["name"] for document in page.documents) == names
    assert page.total == len(names)
