"""Tables of SQLite files as tables of a database."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dialects.airsequel.platform.files.sqlite_tables import SqliteTables, tables_of
from tests.features.sql.test_reading import file_of, reader

pytestmark = pytest.mark.slow


def tables(script: str, **rows: Any) -> SqliteTables:
    with reader(file_of(script, rows=rows)) as file:
        return tables_of(file.description, attributes={})


def test_types_keys_and_references() -> None:
    made = tables(
        """
        CREATE TABLE a (id INTEGER PRIMARY KEY, n NUMERIC, d DATETIME, j TEXT_JSON, z BLOB, x, m INT, o BOOLEAN,
          e TEXT_DATE, k TEXT DEFAULT 'p' CHECK (k IN ('p', 'q')));
        CREATE TABLE b (p INT REFERENCES a, q TEXT, r INTEGER NOT NULL, PRIMARY KEY (p, q), UNIQUE (q, r));
        """,
        a=[
            (1, 1.5, "2020-01-01", "[]", b"x", "t", 1, 1, None, "p"),
            (2, 3, None, "x", None, None, "2", 0, None, None),
        ],
    )
    first, second = made.drafts
    assert [(column.name, column.type, column.as_field()["type"]) for column in first.columns] == [
        ("id", "INTEGER", "autonumber"),
        ("n", "NUMERIC", "number"),
        ("d", "DATETIME", "string"),
        ("j", "TEXT_JSON", "string"),
        ("z", "BLOB", "binary"),
        ("x", "", "string"),
        ("m", "INT", "number"),
        ("o", "BOOLEAN", "boolean"),
        ("e", "TEXT_DATE", "date"),
        ("k", "TEXT", "string"),
    ]
    assert first.columns[-1].as_field() == {"name": "k", "type": "string", "default": "p", "enum": ["p", "q"]}
    assert [(column.is_primary_key, column.is_key_part, column.target) for column in second.columns] == [
        (True, True, ("a", "")),
        (True, True, None),
        (False, False, None),
    ]
    planned = made.plan.tables
    assert ([*planned[0].nullable], planned[0].rowid_column, planned[0].last_rowid) == (["k"], "id", 2)
    assert [[*names] for names in planned[1].keys] == [["p", "q"], ["q", "r"]]
    assert (made.notes, made.rows, made.plan.rows) == ([], [2, 0], 2)


def test_what_is_changed_or_left_out_is_said() -> None:
    made = tables(
        """
        CREATE TABLE "Order Details" (_id INTEGER PRIMARY KEY, "a.b" TEXT DEFAULT CURRENT_TIMESTAMP, "$c" INT,
          d TEXT AS ("a.b" || '!'), "ä €" TEXT UNIQUE, CHECK ("$c" > 0), FOREIGN KEY ("a.b") REFERENCES gone (x));
        CREATE TABLE order_details (k TEXT PRIMARY KEY, v UNIQUE) WITHOUT ROWID;
        CREATE VIEW v AS SELECT 1; CREATE TRIGGER t AFTER INSERT ON order_details BEGIN SELECT 1; END;
        CREATE INDEX i ON order_details (v); CREATE UNIQUE INDEX j ON order_details (v) WHERE v > 1;
        CREATE VIRTUAL TABLE s USING fts5 (x); CREATE TABLE strict (a ANY) STRICT;
        """,
        order_details=[("a", 1), ("b", "x")],
    )
    assert [[column.name for column in table.columns] for table in made.drafts] == [
        ["id", "a_b", "_c", "d", "ä €"],
        ["k", "v"],
        ["a"],
    ]
    assert made.notes == [
        "The table 'Order Details' has the name 'Order_Details_2' here.",
        "The table 'Order Details': the column '_id' has the name 'id' here.",
        "The table 'Order Details': the column 'a.b' has the name 'a_b' here.",
        "The table 'Order Details': the column '$c' has the name '_c' here.",
        "The table 'Order Details': the generated column 'd' has its values, and not its expression.",
        "The table 'Order Details': CHECK (\"$c\" > 0) is not kept.",
        "The table 'Order Details': the foreign key to 'gone' is not kept.",
        "The table 'Order Details': the default CURRENT_TIMESTAMP of the column 'a.b' is not kept.",
        "The table 'order_details': its rows are numbered, because they have no rowid that can be read.",
        "The table 'order_details': the unique index 'j' is left out, because it has a condition or expression.",
        "The table 'order_details': the column 'v' is not unique here, because its values have several types.",
        "The table 'strict': STRICT is not kept.",
        "The view 'v' is left out: views are not stored.",
        "The trigger 't' is left out: triggers are not stored.",
        "The virtual table 's' is left out, with the tables in which it keeps its content.",
        "The index 'i' is left out: create the indexes that you need.",
    ]


@pytest.mark.parametrize(
    ("script", "messages"),
    [
        ("CREATE VIEW v AS SELECT 1", ["The file has no tables."]),
        (
            "CREATE TABLE t (a TEXT PRIMARY KEY); INSERT INTO t VALUES (NULL);"
            "CREATE TABLE u (i INTEGER PRIMARY KEY); INSERT INTO u VALUES (9223372036854775807)",
            [
                "The table 't': its primary key 'a' has null values.",
                "The table 'u' has the rowid 9223372036854775807: none can follow.",
            ],
        ),
        (
            f"CREATE TABLE t ({', '.join(f'c{number} UNIQUE' for number in range(31))})",
            ["The table 't', At most 30 fields can be unique."],
        ),
    ],
)
def test_files_that_are_refused(script: str, messages: list[str]) -> None:
    with pytest.raises(engine.Invalid) as raised:
        tables(script)
    assert [error.message for error in raised.value.errors] == messages
