"""A request is parsed by its declaration, and all its errors are reported together."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import pytest
from django.test import RequestFactory
from pydantic import AfterValidator, ConfigDict, Field

import engine
from web.operations import ErrorText, FieldErrors, RequestModel
from web.operations.types import Flag, NotWith, OptionalText, Text


def _refuse(value: Any) -> Any:
    raise FieldErrors([engine.FieldError("elsewhere.0", "Two."), engine.FieldError("elsewhere.1", "Three.")])


class Item(RequestModel):
    id: Text


class Sample(RequestModel):
    name: Text
    flag: Flag = False
    note: OptionalText = ""
    items: list[Item] = []
    source: OptionalText = Field(default=None, alias="from")
    strange: Annotated[str, AfterValidator(_refuse)] = ""
    undeclared: int = 0
    late: Annotated[str, NotWith("note", "flag")] = ""


class Strict(RequestModel):
    model_config = ConfigDict(extra="forbid")
    unknown_text: ClassVar[str] = "Unknown property."

    keys: Annotated[list[str], ErrorText("{name} must be an array", missing="{name} must be an array")]
    max_affected: int = 0


def errors(model: type[RequestModel], values: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(engine.Invalid) as caught:
        model.parse(values)
    return [(error.field, error.message) for error in caught.value.errors]


def test_a_valid_request() -> None:
    sample = Sample.parse({"name": "a", "from": "b", "items": [{"id": "c"}], "ignored": 1})
    assert (sample.name, sample.source, sample.items[0].id, sample.flag) == ("a", "b", "c", False)


def test_errors_are_reported_together_with_their_paths() -> None:
    values = {"flag": "true", "items": [{"id": "a"}, {"id": 7}, {}], "from": 1, "strange": "x", "undeclared": "y"}
    assert errors(Sample, values) == [
        ("name", "name is required"),
        ("flag", "flag must be true or false"),
        ("items.1.id", "id must be a string without NUL"),
        ("items.2.id", "id is required"),
        ("from", "from must be a string without NUL"),
        ("elsewhere.0", "Two."),
        ("elsewhere.1", "Three."),
        ("undeclared", "undeclared: Input should be a valid integer, unable to parse string as an integer"),
    ]


def test_a_single_error_is_the_message() -> None:
    with pytest.raises(engine.Invalid, match=r"^name is required$"):
        Sample.parse({})
    with pytest.raises(engine.Invalid, match=r"^The request is not valid\.$"):
        Sample.parse({"flag": 1})


def test_fields_that_exclude_each_other() -> None:
    assert errors(Sample, {"name": "a", "note": "b", "late": "c"}) == [("late", "late does not go with note")]
    assert Sample.parse({"name": "a", "note": "b", "late": ""}).late == ""


def test_limits_of_writes_are_not_ignored() -> None:
    values = {"name": "a", "dry_run": True, "max_affected": 1}
    assert errors(Sample, values) == [
        ("dry_run", "Unknown parameter dry_run."),
        ("max_affected", "Unknown parameter max_affected."),
    ]


def test_unknown_members_are_reported_in_alphabetical_order() -> None:
    values = {"z": 1, "dry_run": True, "max_affected": 1}
    assert errors(Strict, values) == [
        ("keys", "keys must be an array"),
        ("dry_run", "Unknown property."),
        ("z", "Unknown property."),
    ]


def test_requests_of_http() -> None:
    assert Sample.of_query(RequestFactory().get("/?name=a+b&note=")).name == "a b"
    request = RequestFactory().post("/", b'{"name": "a"}', content_type="application/json")
    assert Sample.of_body(request).name == "a"
