"""Errors of pydantic as errors of fields, with the texts that types declare."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from engine import FieldError
from web.operations.errors import ErrorText, FieldErrors, field_errors


def refuse(value: str) -> str:
    if value == "many":
        raise FieldErrors([FieldError("other.0", "One."), FieldError("", "Two.", 3)])
    raise ValueError(f"{value} is not {{name}}")


class Item(BaseModel):
    id: Annotated[int, ErrorText("{name} must be a number")]


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, ErrorText("{name} must be text")] = ""
    blank: Annotated[int, ErrorText("{name} must be a number", is_blank_missing=True)] = 0
    other_blank: Annotated[int, ErrorText("No number.", missing="Where is {name}?", is_blank_missing=True)] = 0
    checked: Annotated[str, AfterValidator(refuse)] = ""
    plain: Literal["a"] = "a"
    items: list[Item] = []
    source: Annotated[str, ErrorText("{name} must be text"), Field(alias="from")] = ""


class Required(BaseModel):
    plain: str
    text: Annotated[str, ErrorText("{name} must be text")]
    own: Annotated[str, ErrorText("No text.", missing="Send {name}.")]
    renamed: Annotated[str, ErrorText("No text.", missing="Send {name}."), Field(alias="from")]
    choice: Annotated[
        str,
        ErrorText("No text.", missing="Choose {name}."),
        Field(validation_alias=AliasChoices("first", "second")),
    ]


def errors(model: type[BaseModel], values: Any, **options: Any) -> list[FieldError]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(values)
    return field_errors(caught.value, model, **options)


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"text": 5}, "text", "text must be text"),
        ({"text": None}, "text", "text must be text"),
        ({"blank": "x"}, "blank", "blank must be a number"),
        ({"blank": ""}, "blank", "blank is required"),
        ({"blank": None}, "blank", "blank is required"),
        ({"blank": []}, "blank", "blank must be a number"),
        ({"other_blank": ""}, "other_blank", "Where is other_blank?"),
        ({"other_blank": " "}, "other_blank", "No number."),
        ({"plain": "b"}, "plain", "plain: Input should be 'a'"),
        ({"checked": "x"}, "checked", "x is not {name}"),
        ({"items": [{"id": 1}, {"id": "é"}]}, "items.1.id", "id must be a number"),
        ({"items": [{}]}, "items.0.id", "id is required"),
        ({"items": {}}, "items", "items: Input should be a valid list"),
        ({"from": 1}, "from", "from must be text"),
    ],
)
def test_one_error(values: Any, field: str, message: str) -> None:
    assert errors(Sample, values) == [FieldError(field, message)]


def test_absent_fields_have_their_own_texts_by_the_name_that_is_sent() -> None:
    assert [(error.field, error.message) for error in errors(Required, {})] == [
        ("plain", "plain is required"),
        ("text", "text is required"),
        ("own", "Send own."),
        ("from", "Send from."),
        ("first", "Choose first."),
    ]


def test_errors_of_a_validator_keep_their_paths() -> None:
    assert errors(Sample, {"checked": "many"}) == [FieldError("other.0", "One."), FieldError("", "Two.", 3)]


def test_unknown_members_are_last_and_in_alphabetical_order() -> None:
    values = {"z": 1, "{name}": 2, "a": 3, "text": 4}
    assert errors(Sample, values) == [
        FieldError("text", "text must be text"),
        FieldError("a", "Unknown parameter a."),
        FieldError("z", "Unknown parameter z."),
        FieldError("{name}", "Unknown parameter {name}."),
    ]
    assert errors(Sample, {"é": 1}, unknown="No {name}, {name}.") == [FieldError("é", "No é, é.")]
    assert errors(Sample, {"é": 1}, unknown="Unknown.") == [FieldError("é", "Unknown.")]


def test_the_text_of_a_type_does_not_change_what_it_accepts() -> None:
    adapter: TypeAdapter[int] = TypeAdapter(Annotated[int, ErrorText("No.")])
    assert adapter.validate_python("7") == 7


def test_errors_of_an_iterator_can_be_read_twice() -> None:
    error = FieldErrors(iter([FieldError("a", "One.")]))
    assert [list(error.errors), list(error.errors)] == [[FieldError("a", "One.")]] * 2
