"""The target of a request, and the limits of pages by number."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import engine
from dataapi.operations.shapes import PageNumber, PageSize, Target, check_page
from tests.dataapi.operations.support import TARGET, errors_of
from web.operations import FieldErrors, RequestModel

NOT_TEXT = "collection_name must be a string without NUL"
REQUIRED = "collection_name is required"


class PageRequest(RequestModel):
    page: PageNumber = 1
    page_size: PageSize = 50


@pytest.mark.parametrize("name", ["users", " ", "Ünï 🦉", "0"])
def test_a_target_names_a_collection(name: str) -> None:
    target = Target.parse({"database_id": "d", "collection_name": name, "other": 1})
    assert (target.database_id, target.collection_name) == ("d", name)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((value, REQUIRED) for value in (None, "")),
        *((value, NOT_TEXT) for value in (0, 1.5, True, [], ["users"], {}, {"$ne": ""}, "a\0b")),
    ],
)
def test_a_name_that_is_no_text_is_refused(value: Any, text: str) -> None:
    assert errors_of(Target, {**TARGET, "collection_name": value}) == [("collection_name", text)]


def test_every_missing_member_is_reported() -> None:
    assert errors_of(Target, {}) == [("database_id", "database_id is required"), ("collection_name", REQUIRED)]


@pytest.mark.parametrize("name", ["dry_run", "max_affected"])
def test_a_limit_of_a_write_is_refused_where_it_has_no_effect(name: str) -> None:
    assert errors_of(Target, {**TARGET, name: True}) == [(name, f"Unknown parameter {name}.")]


@pytest.mark.parametrize(
    ("page", "page_size", "is_valid"),
    [
        (1, 1, True),
        (2**31 - 1, 1, True),
        (2_147_483, 1_000, True),
        (2**30, 2, False),
        (2_147_484, 1_000, False),
        (2**31 - 1, 1_000, False),
    ],
)
def test_the_last_document_of_a_page_has_a_number_of_31_bits(page: int, page_size: int, is_valid: bool) -> None:
    request = SimpleNamespace(page=page, page_size=page_size)
    if is_valid:
        assert check_page(request) is request
        return
    with pytest.raises(FieldErrors) as refused:
        check_page(request)
    text = "page is too large: page times page_size must be less than 2147483648"
    assert refused.value.errors == (engine.FieldError("page", text),)


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("0017", 17), ("1000", 1000)])
def test_a_page_is_written_in_digits(text: str, number: int) -> None:
    request = PageRequest.parse({"page": text, "page_size": text})
    assert (request.page, request.page_size) == (number, number)


@pytest.mark.parametrize("value", ["", "0", "-1", "1.0", "+1", "٣", "1001x", "99999999999"])
def test_a_page_that_is_no_number_is_refused(value: str) -> None:
    assert errors_of(PageRequest, {"page": value, "page_size": value}) == [
        ("page", "page must be a whole number from 1 to 2147483647"),
        ("page_size", "page_size must be a whole number from 1 to 1000"),
    ]


def test_a_page_size_has_a_maximum() -> None:
    text = "page_size must be a whole number from 1 to 1000"
    assert errors_of(PageRequest, {"page": "1001", "page_size": "1001"}) == [("page_size", text)]
