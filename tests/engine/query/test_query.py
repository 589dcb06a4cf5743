"""Sort, projection and page: what is refused, and what MongoDB answers to the rest."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

import engine
from engine.limits import Limits
from engine.query.query import Query
from engine.schema.schema import Schema
from tests.engine.conftest import Make
from tests.engine.strategies import NAMES, ODD_NAMES, faults, refusal

LIMITS = Limits()
EMPTY = "A field name must not be empty."
DOLLAR = "A field name must not begin with '$'."
NUL = "A field name must not contain NUL."
DEEP = "Deeper than 32 levels (MAX_DEPTH)."
ODD_PATHS = [
    *(("", EMPTY), (".", EMPTY), (".a", EMPTY), ("a.", EMPTY), ("a..b", EMPTY), ("_id.", EMPTY)),
    *(("$a", DOLLAR), ("a.$", DOLLAR), ("a.$[]", DOLLAR), ("$natural", DOLLAR), ("a.$b.c", DOLLAR)),
    *(("a\0", NUL), ("a.\0b", NUL), (".".join("a" * 33), DEEP), ("a." * 5000 + "a", DEEP)),
]


# --- sort ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ((), [("_id", 1)]),
        ((("a", -1),), [("a", -1), ("_id", 1)]),
        ((("_id", -1),), [("_id", -1)]),
        ((("a", 1), ("_id", -1), ("b", 1)), [("a", 1), ("_id", -1), ("b", 1)]),
        ((("a b.c d", 1), ("é", -1), ("0", 1)), [("a b.c d", 1), ("é", -1), ("0", 1), ("_id", 1)]),
        ((("a", 1), ("a", -1)), [("a", -1), ("_id", 1)]),
        (tuple((f"f{n}", 1) for n in range(31)), [*((f"f{n}", 1) for n in range(31)), ("_id", 1)]),
    ],
)
def test_a_sort_ends_with_the_id(sort: Any, expected: Any) -> None:
    assert Query(sort=sort).checked_sort(limits=LIMITS) == expected


@pytest.mark.parametrize(("path", "text"), ODD_PATHS)
def test_an_odd_path_is_refused_in_a_sort(path: str, text: str) -> None:
    assert faults(engine.Invalid, Query(sort=(("a", 1), (path, 1))).checked_sort, limits=LIMITS) == [("sort", text)]


@pytest.mark.parametrize("way", [0, 2, "1", None, {"$meta": "textScore"}])
def test_a_direction_is_one_or_minus_one(way: Any) -> None:
    assert faults(engine.Invalid, Query(sort=(("a", way),)).checked_sort, limits=LIMITS) == [
        ("sort", "The direction is 1 or -1.")
    ]


def test_a_sort_has_a_cap() -> None:
    query = Query(sort=tuple((f"f{n}", 1) for n in range(32)))
    assert faults(engine.Invalid, query.checked_sort, limits=LIMITS) == [
        ("sort", "At most 31 fields can be sorted by.")
    ]


@pytest.mark.parametrize("way", [1, -1])
def test_pages_of_equal_keys_neither_repeat_nor_skip(make: Make, way: int) -> None:
    things = make()
    ids = things.insert([{"n": number, "same": number % 2} for number in range(53)])
    seen: list[Any] = []
    for skip in range(0, 60, 7):
        page = things.find(Query(sort=(("same", way),), skip=skip, limit=7))
        assert page.total == 53
        seen += page.documents
    assert [document["same"] for document in seen] == sorted((n % 2 for n in range(53)), reverse=way < 0)
    assert sorted(document["_id"] for document in seen) == ids


def test_lists_are_sorted_as_mongodb_does_and_two_of_them_cannot_be(make: Make) -> None:
    things = make()
    things.insert([{"a": [3, 9], "b": [1]}, {"a": [5], "b": [2]}, {"b": [0]}])
    found = things.find(Query(sort=(("a", -1),))).documents
    assert [document["b"] for document in found] == [[1], [2], [0]]
    refusal(engine.Invalid, things.find, Query(sort=(("a", 1), ("b", 1))))


# --- fields -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"a": 1}, {"a": 1}),
        ({"a": 0, "b.c": 0}, {"a": 0, "b.c": 0}),
        ({"_id": 0, "a": 1}, {"_id": 0, "a": 1}),
        ({"_id": 1, "a": 0}, {"_id": 1, "a": 0}),
        ({"a": 1, "a.b": 1}, {"a": 1}),
        ({"a.b": 1, "a": 1, "a.b.c": 1, "a c": 1}, {"a": 1, "a c": 1}),
        ({"a.b.c": 0, "a.b": 0, "ab": 0}, {"a.b": 0, "ab": 0}),
        ({"_id": 0, "_id.x": 0}, {"_id": 0}),
    ],
)
def test_a_projection_has_no_path_that_another_covers(fields: Any, expected: Any) -> None:
    assert Query(fields=fields).checked_fields(limits=LIMITS) == expected


@pytest.mark.parametrize(("path", "text"), ODD_PATHS)
def test_an_odd_path_is_refused_in_a_projection(path: str, text: str) -> None:
    assert faults(engine.Invalid, Query(fields={"a": 1, path: 1}).checked_fields, limits=LIMITS) == [
        ("fields", text)
    ]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"a": 1, "b": 0}, "Fields are either named or excluded, not both."),
        ({"a": 0, "_id.x": 1}, "Fields are either named or excluded, not both."),
        ({"a": 2}, "Each field is 0 or 1."),
        ({"_id": "$secret"}, "Each field is 0 or 1."),
        ({f"f{number}": 1 for number in range(2001)}, "More than 2000 fields (MAX_QUERY_NODES)."),
    ],
)
def test_a_projection_that_is_refused(fields: Any, text: str) -> None:
    assert faults(engine.Invalid, Query(fields=fields).checked_fields, limits=LIMITS) == [("fields", text)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"a": 1, "_id": 0}, {"a": {"b": 1, "c": [{"d": 2, "e": 3}]}}),
        ({"a.b": 1, "_id": 0}, {"a": {"b": 1}}),
        ({"a.c.d": 1, "_id": 0}, {"a": {"c": [{"d": 2}]}}),
        ({"a.c": 1, "a.c.d": 1, "_id": 0}, {"a": {"c": [{"d": 2, "e": 3}]}}),
        ({"a": 0, "_sys": 0, "_id": 0}, {"x y": "$a"}),
        ({"x y": 1, "_id": 0}, {"x y": "$a"}),
        ({"none": 1, "_id": 0}, {}),
        ({"_sys.version": 1, "_id": 0}, {"_sys": {"version": 1}}),
    ],
)
def test_what_a_projection_shows(make: Make, fields: Any, expected: Any) -> None:
    things = make()
    things.insert([{"a": {"b": 1, "c": [{"d": 2, "e": 3}]}, "x y": "$a"}])
    assert things.find(Query(fields=fields)).documents == [expected]


PATHS = st.lists(ODD_NAMES | NAMES.filter(bool), min_size=1, max_size=3).map(".".join)


@example_settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.dictionaries(PATHS, st.just(1), max_size=4), st.lists(st.tuples(PATHS, st.sampled_from([1, -1])), max_size=3)
)
def test_whatever_passes_is_taken_by_mongodb(
    store: engine.Store, shared: str, fields: dict[str, int], sort: list[tuple[str, int]]
) -> None:
    query = Query(fields=fields, sort=tuple(sort))
    try:
        checked = query.checked_sort(limits=LIMITS), query.checked_fields(limits=LIMITS)
    except engine.Invalid:
        odd = [path for path in [*fields, *dict(sort)] if not is_plain(path)]
        assert odd
        return
    assert all(map(is_plain, [*fields, *dict(sort)]))
    if store.count(shared, "queries", {}) == 0:
        store.insert(shared, "queries", [{"a": [{"b": 1}]}])
    store.find(shared, "queries", {}, sort=checked[0], fields=checked[1], skip=0, limit=1)


def is_plain(path: str) -> bool:
    names = path.split(".")
    return all(name and not name.startswith("$") and "\0" not in name for name in names)


# --- page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("skip", "limit"), [(-1, 1), (0, 0), (0, -5)])
def test_a_page_that_is_none(make: Make, skip: int, limit: int) -> None:
    refusal(engine.Invalid, make().find, Query(skip=skip, limit=limit))


def test_a_page_has_a_cap(make: Make) -> None:
    things = make()
    assert "MAX_PAGE_SIZE" in refusal(engine.TooLarge, things.find, Query(limit=1001)).message
    assert things.find(Query(limit=1000)).documents == []


@pytest.mark.parametrize(
    ("skip", "limit", "count", "total"),
    [(0, 50, 3, 3), (0, 3, 3, 3), (0, 2, 2, 3), (2, 2, 1, 3), (3, 2, 0, 3), (2**31 - 1, 1000, 0, 3)],
)
def test_a_page_and_its_total(make: Make, skip: int, limit: int, count: int, total: int) -> None:
    things = make()
    things.insert([{"n": number} for number in range(3)])
    page = things.find(Query({"n": {"$gte": 0}}, skip=skip, limit=limit))
    assert (len(page.documents), page.total) == (count, total)


# --- patterns and time --------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["(", "[", "a{2,1}", "*", "(?P<n>a)(?P<n>b)", "\\", "(?z)", "a{99999}", "(?R)"])
def test_a_bad_pattern_is_the_callers_fault(make: Make, pattern: str) -> None:
    told = faults(engine.Invalid, make().find, Query({"a": {"$regex": pattern}}))
    assert told == [("filters.a.$regex", "The regular expression is not valid.")]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_catastrophic_pattern_is_cut_off(make: Make, brief: Callable[..., engine.Store], pattern: str) -> None:
    """By its time, or where MongoDB reaches a limit sooner, with an error that names the pattern."""
    make().insert([{"a": "a" * 40 + "!"} for _ in range(2000)])
    on = brief(query_seconds=0.4, write_seconds=0.6)
    things, query = make(on=on), Query({"a": {"$regex": pattern}})
    asked = {things.find: "0.4 s (QUERY_TIMEOUT)", things.delete: "0.6 s (WRITE_SECONDS)"}
    for ask, cap in asked.items():
        began = time.monotonic()
        with pytest.raises((engine.TimedOut, engine.Invalid)) as caught:
            ask(query)
        if isinstance(caught.value, engine.TimedOut):
            assert cap in caught.value.message
        else:
            assert [fault.field for fault in caught.value.errors] == ["filters.a.$regex"]
            assert "limit of recursion or backtracking" in caught.value.message
        assert time.monotonic() - began < 20
    assert things.count() == 2000


def test_filters_are_compiled_with_the_schema() -> None:
    assert Query({"_id": None}).compiled(Schema(), limits=LIMITS) == {"_id": None}
