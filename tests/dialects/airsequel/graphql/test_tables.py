"""Collections as tables."""

from __future__ import annotations

import pytest

import engine
from catalog.services.metadata.tables import ColumnDeclaration, TableDeclaration
from dialects.airsequel.graphql.tables import GraphColumn, Table, ValueForm, tables_of


def table(*fields: engine.Field, **columns: ColumnDeclaration) -> Table:
    """Return the table of a collection with these fields and declarations."""
    spec = engine.CollectionSpec("a b", "c1", engine.Schema(fields))
    (only,) = tables_of({"a b": spec}, {"a b": TableDeclaration(columns=columns)})
    return only


FIELDS = [
    (engine.Field("x"), "String", ValueForm.PLAIN),
    (engine.Field("x", "number"), "Float", ValueForm.PLAIN),
    (engine.Field("x", "date"), "String", ValueForm.DATE),
    (engine.Field("x", "json"), "String", ValueForm.JSON),
    (engine.Field("x", "reference", collection="y"), "String", ValueForm.ID),
    (engine.Field("x", "reference", collection="y", many=True), "String", ValueForm.JSON),
    (engine.Field("x", "decimal128"), "Float", ValueForm.DECIMAL),
    (engine.Field("x", "binary"), "String", ValueForm.FILE),
]


@pytest.mark.parametrize(("field", "type", "form"), FIELDS)
def test_the_type_of_a_column_is_that_of_its_field(field: engine.Field, type: str, form: ValueForm) -> None:
    column = table(field).columns[-1]
    assert (column.type, column.form) == (type, form)


def test_a_declared_type_of_sql_decides() -> None:
    number = engine.Field("x", "number")
    assert table(number, x=ColumnDeclaration("INTEGER")).columns[-1].type == "Int"
    assert table(engine.Field("x"), x=ColumnDeclaration("BLOB")).columns[-1].form is ValueForm.FILE


def test_the_rowid_comes_first_under_a_name_that_no_column_has() -> None:
    assert [column.identifier for column in table(engine.Field("n")).columns] == ["rowid", "_id", "n"]
    assert table(engine.Field("rowid")).columns[0].identifier == "_rowid_"
    assert table(engine.Field("n")).identifier == "aXX0b"


def test_an_integer_key_is_the_rowid() -> None:
    for kind in ("number", "autonumber"):
        columns = table(engine.Field("id", kind), id=ColumnDeclaration("INTEGER", is_primary_key=True))
        (key,) = columns.key
        assert (key.name, key.path, key.type, key.is_omittable) == ("id", "_rowid", "Int", True)
        assert key.is_writable


def test_hidden_and_computed_fields_are_no_columns() -> None:
    hidden = engine.Field("_rowid", "autonumber", hidden=True)
    computed = engine.Field("c", template="{n}")
    names = [column.name for column in table(hidden, computed, engine.Field("n")).columns]
    assert names == ["rowid", "_id", "n"]


OMITTABLE = [
    (engine.Field("x"), True, False),
    (engine.Field("x", required=True), False, True),
    (engine.Field("x", required=True, default="a"), True, True),
]


@pytest.mark.parametrize(("field", "is_omittable", "is_required"), OMITTABLE)
def test_what_a_new_row_must_have(field: engine.Field, is_omittable: bool, is_required: bool) -> None:
    column: GraphColumn = table(field).columns[-1]
    assert (column.is_omittable, column.is_required) == (is_omittable, is_required)
