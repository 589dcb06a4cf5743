"""Filters and orders: SQLite itself says what they match on the same random rows."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from pymongo import MongoClient
from pymongo.collection import Collection

import engine
from dialects.airsequel.graphql.resolvers.filters import filter_of, like_pattern, sort_of
from dialects.airsequel.graphql.tables import tables_of
from engine.limits import Limits
from tests.engine.strategies import examples

FIELDS = (engine.Field("n", "number"), engine.Field("t", "string"), engine.Field("b", "boolean"))
SPEC = engine.CollectionSpec("rows", "rows", engine.Schema(FIELDS))
(TABLE,) = tables_of({"rows": SPEC}, {})
NUMBERS = [None, -3, -1.5, 0, 1, 2, 2.5, 7, 10**12]
LETTERS = "abAB%_.*[](){}^$\\|?+ äÄßK\n😅"
SQL = {"eq": "IS", "neq": "IS NOT", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
ROWS, QUERIES = 100, 300


def text(chance: random.Random) -> str:
    return "".join(chance.choices(LETTERS, k=chance.randint(0, 4)))


def value(chance: random.Random, column: str) -> Any:
    if column == "n":
        return chance.choice(NUMBERS)
    if column == "b":
        return chance.choice([None, True, False])
    return chance.choice([None, text(chance), text(chance)])


def condition(chance: random.Random, column: str) -> tuple[dict[str, Any], str, list[Any]]:
    """Return a comparison of GraphQL, and the same of SQL with its parameters."""
    kinds = [*SQL, "in", "nin", *(["like", "ilike"] if column == "t" else [])]
    name = chance.choice(kinds)
    if name in ("like", "ilike"):
        operand = text(chance)
        return {f"_{name}": operand}, f"{column} {'GLOBLIKE' if name == 'like' else 'LIKE'} ?", [operand]
    if name in ("in", "nin"):
        values = [value(chance, column) for _ in range(chance.randint(0, 3))]
        known = [item for item in values if item is not None]
        marks = ", ".join("?" * len(known))
        negated = f"({column} IS NULL OR {column} NOT IN ({marks}))"
        return {f"_{name}": values}, negated if name == "nin" else f"{column} IN ({marks})", known
    operand = value(chance, column)
    return {f"_{name}": operand}, f"{column} {SQL[name]} ?", [operand]


def query(chance: random.Random) -> tuple[dict[str, Any], list[dict[str, str]], str, list[Any]]:
    """Return a filter and an order of GraphQL, and the same as a statement with its parameters."""
    columns = chance.sample(["n", "t", "b"], chance.randint(0, 3))
    parts = {column: condition(chance, column) for column in columns}
    order = [{column: chance.choice(["ASC", "DESC"])} for column in chance.sample("ntb", chance.randint(0, 2))]
    terms = [f"{column} {way}" for item in order for column, way in item.items()]
    where = " AND ".join(part[1] for part in parts.values()) or "1"
    statement = f"SELECT id FROM rows WHERE {where} ORDER BY {', '.join([*terms, 'id'])}"
    values = [operand for part in parts.values() for operand in part[2]]
    return {column: part[0] for column, part in parts.items()}, order, statement, values


def compiled(where: dict[str, Any]) -> dict[str, Any]:
    return engine.Query(filter_of(TABLE, where)).compiled(SPEC.schema, limits=Limits())


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    chance = random.Random(15)
    return [{"_rowid": n, **{column: value(chance, column) for column in "ntb"}} for n in range(1, ROWS + 1)]


@pytest.fixture
def sqlite(rows: list[dict[str, Any]]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, n REAL, t TEXT, b BOOLEAN)")
    connection.executemany("INSERT INTO rows VALUES (:_rowid, :n, :t, :b)", rows)
    return connection


@pytest.fixture
def stored(mongo: MongoClient[dict[str, Any]], rows: list[dict[str, Any]]) -> Iterator[Collection[dict[str, Any]]]:
    collection = mongo["test_graphql_filters"]["rows"]
    collection.drop()
    # A value that is absent counts as null.
    collection.insert_many([{name: item for name, item in row.items() if item is not None} for row in rows])
    yield collection
    collection.drop()


@pytest.fixture(scope="module")
def mongo() -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](settings.MONGODB_URI) as client:
        yield client


def test_sqlite_matches_the_same_rows_in_the_same_order(
    sqlite: sqlite3.Connection, stored: Collection[dict[str, Any]]
) -> None:
    """Compare the rows of each query, of which at least 10,000 match. SQLite's LIKE knows its case by a pragma.

    More queries with FUZZ_EXAMPLES, for another number other ones.
    """
    count = examples(QUERIES)
    chance = random.Random(count)
    compared = 0
    for where, order, statement, values in (query(chance) for _ in range(count)):
        case_matters = "GLOBLIKE" in statement
        sqlite.execute(f"PRAGMA case_sensitive_like = {'ON' if case_matters else 'OFF'}")
        expected = [row[0] for row in sqlite.execute(statement.replace("GLOBLIKE", "LIKE"), values)]
        matching = stored.find(compiled(where), {"_rowid": 1}, sort=[*sort_of(TABLE, order), ("_id", 1)])
        assert [row["_rowid"] for row in matching] == expected, (where, order)
        compared += len(expected)
    assert compared >= 10_000


PATTERNS = [
    ("", False, r"^\z"),
    ("%", False, ""),
    ("%%", False, ""),
    ("a%", False, "^a"),
    ("%a", False, r"a\z"),
    ("%a_b%", False, "a.b"),
    ("a.%b", False, r"^a\..*b\z"),
    ("%aB1ä%", True, "[aA][bB]1ä"),
]


@pytest.mark.parametrize(("pattern", "any_case", "expression"), PATTERNS)
def test_patterns(pattern: str, any_case: bool, expression: str) -> None:
    assert like_pattern(pattern, any_case=any_case) == expression


@pytest.mark.parametrize("where", [{"n": {}}, {"n": None}, {"n": {"_gt": 1, "_lt": 2}}, {"n": {"_in": None}}])
def test_a_column_has_one_operator_with_an_operand(where: dict[str, Any]) -> None:
    with pytest.raises(engine.Invalid):
        filter_of(TABLE, where)


def test_rows_are_sorted_by_rowid_without_an_order() -> None:
    assert sort_of(TABLE, None) == (("_rowid", 1),)
    assert sort_of(TABLE, [{"n": "DESC"}, {"n": "ASC"}]) == (("n", -1),)
    assert sort_of(TABLE, [{"n": "DESC"}, {"n": "ASC"}, {"rowid": "DESC"}]) == (("n", -1), ("_rowid", -1))
    with pytest.raises(engine.Invalid):
        sort_of(TABLE, [{"n": None}])
