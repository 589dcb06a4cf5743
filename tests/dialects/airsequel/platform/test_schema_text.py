"""CREATE TABLE statements, which SQLite accepts."""

from __future__ import annotations

import sqlite3

import engine
from catalog.services.metadata.tables import ColumnDeclaration, TableDeclaration
from dialects.airsequel.platform.columns import TableColumn
from dialects.airsequel.platform.schema_text import definition_of

COLUMNS = [
    TableColumn(engine.Field('a"b', "autonumber", unique=True), ColumnDeclaration("INTEGER", is_primary_key=True)),
    TableColumn(engine.Field("it's", required=True, default="o'clock"), ColumnDeclaration("TEXT")),
    TableColumn(engine.Field("n", "number", default=1.5, enum=(1.5, 2)), ColumnDeclaration("REAL")),
    TableColumn(engine.Field("j", "json", default={"a": None}), ColumnDeclaration("TEXT_JSON")),
    TableColumn(engine.Field("z", unique=True, default=None), ColumnDeclaration()),
]


def test_sqlite_reads_them() -> None:
    text = definition_of("order", TableDeclaration(uniques=(("n", "z"),)), COLUMNS)
    with sqlite3.connect(":memory:") as connection:
        connection.executescript(text)
        rows = connection.execute("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('order')")
        assert rows.fetchall() == [
            ('a"b', "INTEGER", 0, None, 1),
            ("it's", "TEXT", 1, "'o''clock'", 0),
            ("n", "REAL", 0, "1.5", 0),
            ("j", "TEXT_JSON", 0, "'{\"a\":null}'", 0),
            ("z", "TEXT", 0, "NULL", 0),
        ]
        indexes = connection.execute("SELECT name FROM pragma_index_list('order')").fetchall()
        assert len(indexes) == 2


def test_keys_of_several_columns_and_references() -> None:
    columns = [
        TableColumn(engine.Field("a", required=True), ColumnDeclaration("INTEGER", True, is_key_part=True)),
        TableColumn(
            engine.Field("b", required=True),
            ColumnDeclaration("INTO", True, is_key_part=True, references=("order", "id")),
        ),
        TableColumn(engine.Field("c"), ColumnDeclaration(is_untyped=True, references=("order", ""))),
    ]
    assert definition_of("t", TableDeclaration(), columns).splitlines() == [
        'CREATE TABLE "t" (',
        '  "a" INTEGER NOT NULL,',
        '  "b" "INTO" NOT NULL REFERENCES "order" ("id"),',
        '  "c" REFERENCES "order",',
        '  PRIMARY KEY ("a", "b")',
        ")",
    ]
