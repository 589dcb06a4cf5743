"""Regular expressions that MongoDB gives up on: an error in each place that takes them, never a silent miss."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from engine import Change, Query
from engine.indexes import NewIndex
from engine.query.regex_guard import may_exceed_limits
from engine.update import Operators
from tests.engine.conftest import Make

COSTLY = {
    r"<p>(.|\n)*</p>": "<p>" + "a" * 2_000 + "</p>",
    r"^(?:.|\n)*END$": "a" * 20_000 + "END",
    r'"(?:[^"\\]|\\.)*"': '"' + "a" * 20_000 + '"',
    r"^(\w+\s?)*END$": "word " * 4_000 + "END",
    r"(\s*\w+\s*)+END$": "word " * 4_000 + "END",
    r"^([a-z]+,)*END$": "ab," * 7_000 + "END",
    r"a.*b": "ab" + "c" * 300_000,
    r"ab(?:c|d){3000,}": "ab" + "c" * 9_000,
    r".*?END": "a" * 300_000 + "END",
}
PATTERN, TEXT = next(iter(COSTLY.items()))


def refused(work: Any, place: str) -> None:
    with pytest.raises(engine.Invalid) as problem:
        work()
    assert [fault.field for fault in problem.value.errors] == [place]
    assert "limit of recursion or backtracking" in problem.value.errors[0].message


@pytest.fixture
def things(make: Make) -> engine.Collection:
    found = make(history=True)
    found.insert([{"s": TEXT, "tags": [TEXT], "rows": [{"s": TEXT}], "n": 1}, {"s": "b", "n": 2}])
    return found


@pytest.mark.parametrize(("pattern", "text"), COSTLY.items())
def test_a_match_beyond_mongodbs_limits_is_an_error(make: Make, pattern: str, text: str) -> None:
    things = make()
    things.insert([{"s": text}])
    for condition in ({"$regex": pattern}, {"$not": {"$regex": pattern}}, {"$regex": pattern, "$options": "i"}):
        refused(
            lambda condition=condition: things.find(Query({"s": condition})),
            "filters.s.$regex" if "$regex" in condition else "filters.s.$not.$regex",
        )
        with pytest.raises(engine.Invalid):
            things.delete(Query({"s": condition}))
    assert things.find(Query()).total == 1


@pytest.mark.parametrize(
    "filter",
    [
        {"$nor": [{"s": {"$regex": PATTERN}}]},
        {"$or": [{"s": {"$regex": PATTERN}}, {"n": 3}]},
        {"$and": [{"s": {"$not": {"$regex": PATTERN}}}, {"n": {"$lt": 3}}]},
        {"tags": {"$regex": PATTERN}},
        {"tags.0": {"$regex": PATTERN}},
        {"tags": {"$elemMatch": {"$regex": PATTERN}}},
        {"tags": {"$not": {"$elemMatch": {"$regex": PATTERN}}}},
        {"rows.s": {"$regex": PATTERN}},
        {"rows.0.s": {"$regex": PATTERN}},
        {"rows": {"$elemMatch": {"s": {"$regex": PATTERN}}}},
        {"rows": {"$elemMatch": {"$nor": [{"s": {"$regex": PATTERN}}]}}},
    ],
)
def test_wherever_a_filter_has_it(things: engine.Collection, filter: dict[str, Any]) -> None:
    for work in (
        lambda: things.find(Query(filter)),
        lambda: things.aggregate([{"$match": filter}]),
        lambda: things.aggregate([{"$facet": {"a": [{"$match": filter}]}}]),
        lambda: things.history.search(Query(filter)),
        lambda: things.update(Query(filter), Change({"n": 9})),
        lambda: things.delete(Query(filter)),
    ):
        with pytest.raises(engine.Invalid) as problem:
            work()
        assert "limit of recursion" in str(problem.value)
    assert sorted(item["n"] for item in things.find(Query()).documents) == [1, 2]


@pytest.mark.parametrize(
    "change", [{"$pull": {"tags": {"$regex": PATTERN}}}, {"$pull": {"rows": {"s": {"$not": {"$regex": PATTERN}}}}}]
)
def test_in_pull(things: engine.Collection, change: dict[str, Any]) -> None:
    with pytest.raises(engine.Invalid, match="limit of recursion"):
        things.update(Query({"n": 1}), Operators(change))
    (kept,) = things.find(Query({"n": 1})).documents
    assert (kept["tags"], kept["rows"]) == ([TEXT], [{"s": TEXT}])


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"s": {"$regex": "^a.*c"}}, [1, 4]),
        ({"s": {"$not": {"$regex": "^a.*c"}}}, [2, 3, 5]),
        ({"s": {"$regex": "^A.*c", "$options": "i"}}, [1, 4]),
        ({"a.b": {"$regex": "x+y"}}, [1, 2, 3]),
        ({"a.0.b": {"$regex": "x+y"}}, [2, 4]),
        ({"a.1.b": {"$regex": "x+y"}}, [3]),
        ({"a": {"$elemMatch": {"b": {"$regex": "x+y"}}}}, [2, 3]),
        ({"s": {"$regex": "b+c"}, "a.b": {"$regex": "x+y"}, "$and": [{"n": {"$gt": 0}}]}, [1]),
        ({"s": {"$regex": "(b|z)+c", "$ne": "abc"}}, [4]),
        ({"s": {"$regex": "\\d+"}}, []),
    ],
)
def test_what_is_within_the_limits_is_found_as_ever(
    make: Make, condition: dict[str, Any], found: list[int]
) -> None:
    things = make()
    things.insert(
        [
            {"n": 1, "s": "abc", "a": {"b": "xy"}},
            {"n": 2, "s": 7, "a": [{"b": ["q", "xxy"]}]},
            {"n": 3, "s": None, "a": [1, {"b": "xy"}, [{"b": "no"}]]},
            {"n": 4, "s": ["no", "abbc"], "a": [[{"b": "xy"}]]},
            {"n": 5, "s": [["abc"]], "a": {"b": [["xy"]]}},
        ]
    )
    assert [item["n"] for item in things.find(Query(condition, sort=(("n", 1),))).documents] == found


def test_an_index_serves_what_a_costly_pattern_begins_with(make: Make) -> None:
    things = make()
    things.insert([{"s": f"item {number}"} for number in range(200)])
    things.indexes.create(NewIndex([("s", 1)]))
    for pattern, examined in (("^item 19", 11), ("^item 19.*9$", 22)):
        found = things.explain(Query({"s": {"$regex": pattern}}, limit=20))
        assert (found.index, found.documents_examined <= examined) == ("s_1", True)


@pytest.mark.parametrize(
    "pattern",
    *[
        [
            "",
            "^abc",
            "abc$",
            "^a?b?c$",
            "[a-z]\\d{3}",
            "a{2,5}b",
            "^(foo|bar|baz)$",
            "(?i)abc",
            "a.*",
            "a++b",
            "(?=a)b",
            "[]*+]x",
            "[[:alpha:]*]",
            "\\*\\+",
            "{a}",
        ],
    ],
)
def test_a_pattern_without_repetition_needs_no_check(pattern: str) -> None:
    assert not may_exceed_limits(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "a*b",
        "(a)*",
        "(a|b)+",
        "a{3,}b",
        "(?R)",
        "(a)\\g<1>",
        "\\Qa\\E*b",
        "(a){2,3}b",
        "(?1)(a)",
        "a?" * 20 + "b",
        "(*COMMIT)a",
        "x" * 3_000,
        "(?(1)a)",
    ],
)
def test_a_pattern_with_repetition_is_checked(pattern: str) -> None:
    assert may_exceed_limits(pattern)
