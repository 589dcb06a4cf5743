"""Tables and columns: read, create, change, delete, export and search."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.airsequel.support import SAMPLES, Airsequel, failed, result_of
from tests.support import Truth

TABLE = "/api/dbs/{}/tables/{}"
USERS = [
    {"name": "name", "isNonNull": True, "description": "Full name"},
    {"name": "stars", "sqliteDataType": "INT_STARS", "default": 3},
    {"name": "email", "sqliteDataType": "TEXT_EMAIL", "isUnique": True},
    {"name": "extra", "sqliteDataType": "TEXT_JSON"},
]
ROWS = [
    {"name": "Ann", "email": "ann@example.com", "extra": {"a": [1]}},
    {"name": "Bob, the 5th", "stars": 5, "born": "undeclared"},
    {"name": "Cäcilie", "stars": None, "extra": True},
]


@pytest.fixture(scope="module")
def db_id(airsequel: Airsequel) -> str:
    db_id = airsequel.new_database("CREATE TABLE other (x TEXT)")
    airsequel.get(f"PUT {TABLE.format(db_id, 'users')}", json={"columns": USERS, "description": "People"})
    body = {"database_id": airsequel.catalog_id(db_id), "collection_name": "users", "data": ROWS}
    assert airsequel.tenant.ask("POST /api/crud", json=body).status_code == 201
    return db_id


def column(name: str, kind: str, **members: Any) -> dict[str, Any]:
    """Return a column of an answer; members that are not named are those of a nullable column."""
    return {
        "default": None,
        "description": None,
        "gqlDataType": "String",
        "inputElement": "InputText",
        "isGenerated": False,
        "isNonNull": False,
        "isOmittable": True,
        "isPrimaryKey": False,
        "isUnique": False,
        "items": None,
        "name": name,
        "references": None,
        "sqliteDataType": kind,
        "validations": None,
        **members,
    }


COLUMNS = [
    column(
        "name",
        "TEXT",
        isNonNull=True,
        isOmittable=False,
        description="Full name",
        items=[row["name"] for row in ROWS],
    ),
    column("stars", "INT_STARS", gqlDataType="Int", inputElement="InputStars", default=3, items=[3, 5, None]),
    column("email", "TEXT_EMAIL", inputElement="InputEmail", isUnique=True, items=["ann@example.com", None, None]),
    column("extra", "TEXT_JSON", inputElement="InputJson", items=['{"a":[1]}', None, True]),
]


def test_a_table_with_its_rows(airsequel: Airsequel, db_id: str) -> None:
    table = airsequel.get(f"GET {TABLE.format(db_id, 'users')}")
    assert table == {
        "columns": COLUMNS,
        "description": "People",
        "maxCellLimitReached": False,
        "name": "users",
        "numberOfRows": 3,
        "rowidColumnName": "rowid",
        "rowids": [1, 2, 3],
        "tableType": "Table",
    }
    assert set(table) == {*SAMPLES["GET /api/dbs/:dbId/tables/:id"]["response"], "rowids"}


@pytest.mark.parametrize(
    ("term", "rowids"),
    [("ANN", [1]), ("example.c", [1]), ("5", [2]), ("cä", [3]), ("undeclared", []), (".*", []), ("3.0", [1])],
)
def test_search(airsequel: Airsequel, db_id: str, term: str, rowids: list[int]) -> None:
    table = airsequel.get(f"GET {TABLE.format(db_id, 'users')}/search/{term}")
    assert (table["rowids"], table["numberOfRows"]) == (rowids, len(rowids))


def test_exports(airsequel: Airsequel, db_id: str) -> None:
    answer = airsequel.ask(f"GET {TABLE.format(db_id, 'users')}/export")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="users.csv"'
    assert answer.text.splitlines() == [
        "name,stars,email,extra",
        'Ann,3,ann@example.com,"{""a"":[1]}"',
        '"Bob, the 5th",5,,',
        "Cäcilie,,,true",
    ]
    documents = airsequel.get(f"GET {TABLE.format(db_id, 'users')}/export?format=json")
    assert documents[1] == {"name": "Bob, the 5th", "stars": 5, "born": "undeclared"}


def test_the_published_table_requests(airsequel: Airsequel, db_id: str) -> None:
    """Check a table, its columns and their changes, with the published bodies."""
    table, samples = TABLE.format(db_id, "things"), SAMPLES
    created = airsequel.get(f"PUT {table}", json=samples["PUT /api/dbs/:dbId/tables/:id"]["request"])
    assert created == {**samples["PUT /api/dbs/:dbId/tables/:id"]["response"], "name": "things", "rowids": []}
    assert result_of(airsequel.ask(f"PUT {table}")) == failed(409, "The database has a table 'things' already.")
    added = airsequel.get(f"PUT {table}/columns/first", json={})
    sample = samples["PUT /api/dbs/:dbId/tables/:id/columns/:id"]["response"]
    assert added == {**added, **sample, "name": "first", "gqlDataType": "String", "isOmittable": True}
    assert result_of(airsequel.ask(f"PUT {table}/columns/first")) == failed(
        409, "The table has a column 'first' already."
    )
    airsequel.get(f"PUT {table}/columns/id", json={"sqliteDataType": "INTEGER", "isPrimaryKey": True})
    assert airsequel.get(f"PATCH {table}/columns/id", json={"after": None}) == {}
    assert airsequel.get(f"PATCH {table}/columns/first", json={"name": "rank", "sqliteDataType": "REAL"}) == {}
    change = {"name": "renamed", "description": "New Table Description", "after": "other"}
    assert airsequel.get(f"PATCH {table}", json=change) == {}
    read = airsequel.get(f"GET {TABLE.format(db_id, 'renamed')}")
    names = [(item["name"], item["sqliteDataType"], item["isPrimaryKey"]) for item in read["columns"]]
    assert names == [("id", "INTEGER", True), ("rank", "REAL", False)]
    assert read["description"] == "New Table Description"
    tables = airsequel.get(f"GET /api/dbs/{db_id}")["tables"]
    assert [item["name"] for item in tables] == ["other", "renamed", "users"]
    assert airsequel.get(f"DELETE {TABLE.format(db_id, 'renamed')}/columns/rank") == {}
    assert airsequel.get(f"DELETE {TABLE.format(db_id, 'renamed')}", json={}) == {}
    missing = failed(404, "The database has no collection 'renamed'.")
    assert result_of(airsequel.ask(f"GET {TABLE.format(db_id, 'renamed')}")) == missing


@pytest.mark.parametrize(
    ("route", "body", "status", "messages"),
    [
        (
            "GET users/columns/name",
            None,
            405,
            ["The method GET is not allowed here; use PUT, PATCH, DELETE, OPTIONS."],
        ),
        ("PATCH users/columns/lost", {}, 404, ["The table has no column 'lost'."]),
        ("DELETE lost", None, 404, ["The database has no collection 'lost'."]),
        ("PATCH lost", {}, 404, ["The database has no collection 'lost'."]),
        ("PUT a%20b", {}, 400, ["name: May only contain letters, digits, '_' and '-'."]),
        (
            "PUT new",
            {"columns": [{"name": ""}, {"sqliteDataType": 1, "x": 1}]},
            400,
            [
                "columns.1.sqliteDataType: Must be the name of an SQL type, with 1 to 100 characters.",
                "columns.1.name: name is required",
                "columns.1.x: Unknown parameter columns.1.x.",
            ],
        ),
        (
            "PUT new",
            {"columns": [{"name": "a", "references": "lost"}, {"name": "_id"}]},
            400,
            [
                "columns.1.name: The name '_id' is reserved.",
                "columns.0.references: The database has no collection 'lost'.",
            ],
        ),
        (
            "PUT new",
            {"columns": [{"name": "a", "isPrimaryKey": True}, {"name": "b", "isPrimaryKey": True}]},
            400,
            ["columns: A table has at most one column that is a primary key."],
        ),
        (
            "PUT users/columns/new",
            {"sqliteDataType": "BOOLEAN", "isUnique": True, "default": "x"},
            400,
            ["default: Must be true or false."],
        ),
        ("PUT users/columns/new", {"typo": 1}, 400, ["typo: Unknown member typo of a column."]),
        (
            "PUT users/columns/new",
            {"isNonNull": True},
            409,
            ["3 documents do not fit the new schema; result.examples lists the first of them."],
        ),
        (
            "PATCH users/columns/name",
            {"sqliteDataType": "INTEGER"},
            409,
            ["3 documents do not fit the new schema; result.examples lists the first of them."],
        ),
        ("PATCH users/columns/name", {"after": "lost"}, 400, ["after: The table has no other column 'lost'."]),
        ("PATCH users", {"after": "lost"}, 400, ["after: The database has no other table 'lost'."]),
        ("PATCH users", {"name": "other"}, 409, ["The database has a collection 'other' already."]),
        ("PATCH users", {"name": "a b"}, 400, ["name: May only contain letters, digits, '_' and '-'."]),
        ("GET users/export?format=xml", None, 400, ["format: Must be one of csv, json, ndjson."]),
        (
            f"GET users/search/{'x' * 600}",
            None,
            400,
            ["searchTerm: Must have 1 to 500 characters without NUL (MAX_REGEX_LENGTH)."],
        ),
    ],
)
def test_refused_changes_of_tables(
    airsequel: Airsequel, db_id: str, truth: Truth, route: str, body: Any, status: int, messages: list[str]
) -> None:
    verb, path = route.split(" ", 1)
    before = airsequel.get(f"GET {TABLE.format(db_id, 'users')}")
    answer = airsequel.ask(f"{verb} {TABLE.format(db_id, path)}", json=body)
    assert result_of(answer) == failed(status, *messages)
    assert airsequel.get(f"GET {TABLE.format(db_id, 'users')}") == before


def test_a_collection_of_another_dialect_is_numbered_at_its_first_use(airsequel: Airsequel) -> None:
    tenant = airsequel.tenant
    name = tenant.new_collection({"name": "Title"}, {"name": "Year", "type": "number"})
    tenant.insert(name, [{"Title": "A", "Year": 1}, {"Title": "B"}])
    table = airsequel.get(f"GET {TABLE.format(tenant.database, name)}")
    assert [(item["name"], item["sqliteDataType"], item["items"]) for item in table["columns"]] == [
        ("Title", "TEXT", ["A", "B"]),
        ("Year", "REAL", [1, None]),
    ]
    assert table["rowids"] == [1, 2]
    assert set(tenant.find(name)["data"][0]) == {"_id", "_sys", "Title", "Year"}
