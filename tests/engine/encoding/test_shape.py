"""The shape of documents and of paths: what is refused and why, and that everything else can be stored."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

import engine
from engine.encoding import dumps, loads, shape
from engine.encoding.shape import ancestor_paths, check_document, path_error
from engine.limits import Limits
from tests.engine.strategies import NAMES, ODD_VALUES, same

LIMITS = Limits()


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, []),
        ({"": {"": 1}, " ": 1, "a$": 1, "🦉": "\0", "a" * 2000: 1}, []),
        ([], [("", "A document must be a JSON object.")]),
        (None, [("", "A document must be a JSON object.")]),
        ("x", [("", "A document must be a JSON object.")]),
        ({"$a": 1}, [("$a", "A field name must not begin with '$'.")]),
        ({"a": {"$": 1}}, [("a.$", "A field name must not begin with '$'.")]),
        ({"a": [1, {"b.c": 1}]}, [("a.1.b.c", "A field name must not contain a dot.")]),
        ({"a": {"\0": 1}}, [("a.\0", "A field name must not contain NUL.")]),
        ({"a": 2**63}, [("a", "The integer does not fit in 64 bits.")]),
        ({"a": [0, -(2**63) - 1]}, [("a.1", "The integer does not fit in 64 bits.")]),
        (
            {"$a": 1, "b": {".": 2**64}},
            [
                ("$a", "A field name must not begin with '$'."),
                ("b..", "A field name must not contain a dot."),
                ("b..", "The integer does not fit in 64 bits."),
            ],
        ),
    ],
)
def test_the_faults_of_a_document(document: Any, expected: list[tuple[str, str]]) -> None:
    assert check_document(document, limits=LIMITS) == expected


def is_storable(value: Any) -> bool:
    """Said in another way than the code says it."""
    if isinstance(value, list):
        return all(map(is_storable, value))
    if isinstance(value, dict):
        return not any(set(name) & {".", "\0"} or name.startswith("$") for name in value) and all(
            map(is_storable, value.values())
        )
    return True


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.dictionaries(NAMES, ODD_VALUES, max_size=4))
def test_what_passes_is_stored_and_read_back_as_it_was(
    mongo: MongoClient[dict[str, Any]], shared: str, document: dict[str, Any]
) -> None:
    shape = check_document(document, limits=LIMITS)
    # By hand: MongoDB would quietly take some of these names, and then read them in a way of its own.
    names_are_fine = is_storable(document)
    assert bool(shape) is not names_are_fine
    if names_are_fine:
        name = mongo[shared]["codec"].insert_one({"v": document}).inserted_id
        read = mongo[shared]["codec"].find_one({"_id": name})
        assert read is not None
        assert same(loads(dumps(read["v"]), depth=32), document)


@pytest.mark.parametrize(
    "value",
    [
        *("\0", "a\0b", "", "x" * 3_000_000, "\u2028\u2029\ufeff\uffff", "🦉" * 1000, "\x7f\x1b"),
        *(-0.0, 0.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1.0, 1e300),
        *(2**63 - 1, -(2**63), 2**31, -(2**31) - 1, 0, 2**53 + 1),
        *(True, False, None, [], {}, [[]], {"": {"": ""}}, [None, [None]], {"a b": {"a$": 1}}),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_extremes_are_read_back_with_equal_value_and_type(store: engine.Store, database: str, value: Any) -> None:
    given = {"_id": ObjectId(), "v": value, "in": [value, {"a b": value}]}
    assert check_document({"v": value}, limits=LIMITS) == []
    store.insert(database, "codec", [given])
    (read,) = store.find(database, "codec", {}, sort=[("_id", 1)], fields={"_id": 0}, skip=0, limit=2)
    expected = {"v": value, "in": [value, {"a b": value}]}
    assert same(read, expected)
    assert same(loads(dumps(read), depth=32), expected)


# --- paths --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a", ""),
        ("a b.🦉.0.a$b", ""),
        ("", "A field name must not be empty."),
        (".a", "A field name must not be empty."),
        ("a.", "A field name must not be empty."),
        ("a..b", "A field name must not be empty."),
        ("a.$b", "A field name must not begin with '$'."),
        ("a.b\0", "A field name must not contain NUL."),
        (".".join("a" * 32), ""),
        (".".join("a" * 33), "Deeper than 32 levels (MAX_DEPTH)."),
        ("a.100000", ""),
        ("20231027.a", ""),
        ("a.100001", "There is no element beyond 100000 (MAX_DOCUMENT_NODES)."),
        ("a.0000000000.b", "There is no element beyond 100000 (MAX_DOCUMENT_NODES)."),
    ],
)
def test_the_fault_of_a_path(path: str, text: str) -> None:
    assert path_error(path, limits=LIMITS) == text


def test_above_names_what_a_path_leads_through() -> None:
    assert ancestor_paths("a.b c.0") == ["a", "a.b c"]
    assert ancestor_paths("a") == []


def test_few_valid_names_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    remembered: set[str] = set()
    monkeypatch.setattr(shape, "_valid_names", remembered)
    monkeypatch.setattr(shape, "_MAX_REMEMBERED_NAMES", 3)
    for document in ({"a": 1, "b": 1}, {"a": [{"c.d": 1}]}, {"e" * 101: 1}):
        check_document(document, limits=LIMITS)
    assert remembered == {"a", "b"}
    assert check_document({"c": 1, "c.d": 1}, limits=LIMITS) == [("c.d", "A field name must not contain a dot.")]
    check_document({"f": 1}, limits=LIMITS)
    assert remembered == {"f"}
