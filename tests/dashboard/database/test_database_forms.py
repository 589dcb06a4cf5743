"""Forms of new databases and collections, and the rows of fields."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

import engine
from dashboard.database import database_forms
from dashboard.database.database_forms import NewCollectionForm, NewDatabaseForm

ROW = {
    **{"number": "0", "name": "a", "type": "string", "enum": "", "collection": "", "path": "", "description": ""},
    **{"default": "", "template": "", "required": False, "unique": False, "many": False, "case_insensitive": False},
}


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"name": "films"}, {}),
        ({"name": "films", "template": "sample"}, {}),
        ({"name": "films", "template": "file"}, {"file": ["Choose a file."]}),
        ({"name": "x" * 100}, {}),
        ({"name": "x" * 101}, {"name": ["Ensure this value has at most 100 characters (it has 101)."]}),
        ({}, {"name": ["This field is required."]}),
        (
            {"name": "films", "template": "other"},
            {"template": ["Select a valid choice. other is not one of the available choices."]},
        ),
    ],
)
def test_a_new_database_needs_a_name_and_the_chosen_file(data: dict[str, str], errors: dict[str, Any]) -> None:
    assert NewDatabaseForm(data).errors == errors


def test_an_empty_file_has_one_error() -> None:
    files: Any = MultiValueDict({"file": [SimpleUploadedFile("a.json", b"")]})
    errors = NewDatabaseForm({"name": "a", "template": "file"}, files).errors
    assert errors == {"file": ["The submitted file is empty."]}


@pytest.mark.parametrize(
    ("name", "suggestions"),
    [
        ("My Films!", ["Try my_films."]),
        ("  Ärger & Co.  ", ["Try ärger_co."]),
        ("a.b/c", ["Try a_b_c."]),
        ("films", []),
        ("FILMS", []),
        ("!!!", []),
        ("", []),
    ],
)
def test_a_refused_name_has_a_suggestion_with_valid_characters(name: str, suggestions: list[str]) -> None:
    form = NewDatabaseForm({"name": name})
    form.full_clean()
    form.add_error("name", "Refused.")
    form.suggest_name()
    messages = [*form.errors["name"]]
    assert messages[messages.index("Refused.") + 1 :] == suggestions


def test_an_accepted_name_has_no_suggestion() -> None:
    form = NewDatabaseForm({"name": "My Films"})
    form.suggest_name()
    assert form.errors == {}


def test_a_new_collection_has_history_unless_the_box_is_cleared() -> None:
    assert NewCollectionForm()["history"].initial is True
    form = NewCollectionForm({"name": "films"})
    assert form.is_valid()
    assert form.cleaned_data == {"name": "films", "strict": False, "history": False}


def test_rows_come_in_the_submitted_order_and_only_with_a_name() -> None:
    data = QueryDict("field-7-name=+b+&field-7-type=number&field-7-required=on&field-7-unique=1&field-0-name=a")
    expected = [{**ROW, "number": "7", "name": "b", "type": "number", "required": True}, ROW]
    assert database_forms.field_rows(data) == expected
    assert database_forms.field_rows(QueryDict("field-0-name=+&field-1-type=number&field-x-name=a&name=b")) == []


@pytest.mark.parametrize(("number", "count"), [("999999", 1), ("1000000", 0), ("-1", 0), ("", 0), ("٣", 0)])
def test_row_numbers_have_at_most_six_digits(number: str, count: int) -> None:
    assert len(database_forms.field_rows(QueryDict(f"field-{number}-name=a"))) == count


def test_rows_are_limited() -> None:
    data = QueryDict(mutable=True)
    data.update({f"field-{number}-name": "a" for number in range(1001)})
    assert len(database_forms.field_rows(data)) == 1000


@pytest.mark.parametrize(
    ("row", "declared"),
    [
        ({}, {"type": "string"}),
        ({"required": True, "unique": True}, {"type": "string", "required": True, "unique": True}),
        ({"case_insensitive": True}, {"type": "string"}),
        (
            {"unique": True, "case_insensitive": True, "type": "email"},
            {"type": "email", "unique": True, "case_insensitive": True},
        ),
        ({"unique": True, "case_insensitive": True, "type": "number"}, {"type": "number", "unique": True}),
        ({"many": True, "type": "number"}, {"type": "number"}),
        ({"many": True, "default": "abc"}, {"type": "string", "default": "abc"}),
        (
            {"many": True, "type": "reference", "collection": "b", "default": "[]"},
            {"type": "reference", "many": True, "collection": "b", "default": []},
        ),
        (
            {"path": "c", "type": "reference", "collection": "b"},
            {"type": "reference", "collection": "b", "path": "c"},
        ),
        ({"path": "c", "type": "string"}, {"type": "string"}),
        ({"type": "reference", "default": "5f"}, {"type": "reference", "default": "5f"}),
        ({"collection": "b", "enum": "x"}, {"type": "string"}),
        ({"type": "enum", "enum": " x, ,é ,"}, {"type": "enum", "enum": ["x", "é"]}),
        ({"default": "12"}, {"type": "string", "default": "12"}),
        ({"type": "number", "default": "12"}, {"type": "number", "default": 12}),
        ({"type": "boolean", "default": "false"}, {"type": "boolean", "default": False}),
        ({"type": "object", "default": '{"a": null}'}, {"type": "object", "default": {"a": None}}),
        ({"type": "date", "default": "2026-01-31"}, {"type": "date", "default": "2026-01-31"}),
        (
            {"description": "Name", "template": "{{b}}"},
            {"type": "string", "description": "Name", "template": "{{b}}"},
        ),
    ],
)
def test_a_declaration_has_only_what_its_type_supports(row: dict[str, Any], declared: dict[str, Any]) -> None:
    assert database_forms.declaration({**ROW, **row}) == {"name": "a", **declared}


def test_a_default_that_is_not_json_is_refused() -> None:
    with pytest.raises(engine.Invalid) as caught:
        database_forms.declaration({**ROW, "type": "number", "default": "twelve"})
    assert [item.field for item in caught.value.errors] == ["default"]
    assert caught.value.message.startswith("The JSON is not valid: ")


def test_errors_are_attached_to_their_rows() -> None:
    rows: list[dict[str, Any]] = [{"name": "a"}, {"name": "b"}]
    fields = ["collections.0.fields.1.type", "fields.1", "fields.0.name", "fields.2.name", "collections.0.name", ""]
    error = engine.Invalid("No.", errors=[engine.FieldError(field, f"in {field}") for field in fields])
    assert database_forms.errors_by_row(error, rows) == [
        engine.FieldError("fields.2.name", "in fields.2.name"),
        engine.FieldError("name", "in collections.0.name"),
        engine.FieldError("", "in "),
    ]
    assert [row["errors"] for row in rows] == [
        ["in fields.0.name"],
        ["in collections.0.fields.1.type", "in fields.1"],
    ]
