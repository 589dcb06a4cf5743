"""The requests that insert, update and delete documents."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dataapi.operations.writes import (
    DELETE,
    INSERT,
    UPDATE,
    DeleteRequest,
    Filtered,
    InsertRequest,
    UpdateRequest,
    has_operators,
)
from engine.schema import Collation
from engine.update import Operators, Replacement
from tests.dataapi.operations.support import DOCUMENT, TARGET, errors_of

EMPTY = 'Empty filters match every document; send "all": true if that is meant.'
OPERATORS = "update_all_fields: false goes with neither operators nor replace"
NO_ARRAY_FILTERS = "array_filters must be an array, and goes with neither replace nor update_all_fields: false"
POSITIVE = "max_affected must be a whole number from 1 to 2147483647"
A = engine.Query({"a": 1})
UPDATE_A = {**TARGET, "filters": {"a": 1}, "update_data": {"b": 2}}
DELETE_ONE = {**TARGET, "filters": {"_id": DOCUMENT}}


@pytest.mark.parametrize("name", ["data", "documents"])
def test_documents_have_two_names(name: str) -> None:
    assert InsertRequest.parse({**TARGET, name: [{"a": 1}, 7]}).documents == [{"a": 1}, 7]


@pytest.mark.parametrize(
    ("members", "field", "text"),
    [
        ({}, "data", "data must be an array of at least one document"),
        *(
            ({name: value}, name, f"{name} must be an array of at least one document")
            for name in ("data", "documents")
            for value in (None, "", "x", 7, {}, [])
        ),
        ({"data": [1], "documents": [1]}, "documents", "Send the documents in data or in documents, not in both."),
        ({"data": [1], "dry_run": True}, "dry_run", "Unknown parameter dry_run."),
    ],
)
def test_documents_that_are_refused(members: dict[str, Any], field: str, text: str) -> None:
    assert errors_of(InsertRequest, {**TARGET, **members}) == [(field, text)]


@pytest.mark.parametrize(
    ("members", "operation"),
    [
        ({}, engine.Update(A, engine.Change({"b": 2}))),
        ({"update_all_fields": False}, engine.Update(A, engine.Change({"b": 2}, only_existing=True))),
        ({"update_data": {"$inc": {"b": 2}, "c": 1}}, engine.Update(A, Operators({"$inc": {"b": 2}, "c": 1}))),
        ({"update_data": {"b.$[]": 2}}, engine.Update(A, Operators({"b.$[]": 2}))),
        ({"array_filters": []}, engine.Update(A, Operators({"b": 2}, array_filters=[]))),
        ({"array_filters": [{"x": 1}]}, engine.Update(A, Operators({"b": 2}, array_filters=[{"x": 1}]))),
        ({"replace": True}, engine.Update(A, Replacement({"b": 2}), one=True)),
        # The engine refuses operators in a replacement.
        ({"replace": True, "update_data": {"$inc": 1}}, engine.Update(A, Replacement({"$inc": 1}), one=True)),
        ({"upsert": True}, engine.Update(A, engine.Change({"b": 2}), upsert=True)),
        ({"filters": '{"a": 1}'}, engine.Update(A, engine.Change({"b": 2}))),
        ({"filters": {}, "all": True}, engine.Update(engine.Query(), engine.Change({"b": 2}))),
        (
            {"max_affected": 1, "collation": {"locale": "en", "strength": 1}},
            engine.Update(
                engine.Query({"a": 1}, collation=Collation("en", 1)),
                engine.Change({"b": 2}),
                precondition=engine.Precondition(max_affected=1),
            ),
        ),
    ],
)
def test_an_update_is_parsed(members: dict[str, Any], operation: engine.Update) -> None:
    assert UpdateRequest.parse({**UPDATE_A, **members}).operation() == operation


@pytest.mark.parametrize(
    ("members", "field", "text"),
    [
        ({"filters": {}}, "filters", EMPTY),
        ({"filters": {}, "all": False}, "filters", EMPTY),
        ({"filters": ""}, "filters", EMPTY),
        *(
            ({"filters": value}, "filters", "filters must be a JSON object")
            for value in (None, [], 7, "[]", "null")
        ),
        ({"update_data": {}}, "update_data", "update_data must name at least one field"),
        ({"update_data": "{}"}, "update_data", "update_data must be a JSON object"),
        ({"update_data": {"$inc": {"b": 1}}, "update_all_fields": False}, "update_all_fields", OPERATORS),
        ({"update_data": {"b.$": 1}, "update_all_fields": False}, "update_all_fields", OPERATORS),
        ({"replace": True, "update_all_fields": False}, "update_all_fields", OPERATORS),
        ({"array_filters": None}, "array_filters", NO_ARRAY_FILTERS),
        ({"array_filters": [], "replace": True}, "array_filters", NO_ARRAY_FILTERS),
        ({"array_filters": [], "update_all_fields": False}, "array_filters", NO_ARRAY_FILTERS),
        *(({"max_affected": value}, "max_affected", POSITIVE) for value in (None, 0, -1, 1.0, "1", True, 2**31)),
        *(
            ({name: value}, name, f"{name} must be true or false")
            for name in ("all", "replace", "update_all_fields", "upsert", "dry_run")
            for value in (None, 1, "true")
        ),
    ],
)
def test_an_update_that_is_refused(members: dict[str, Any], field: str, text: str) -> None:
    assert errors_of(UpdateRequest, {**UPDATE_A, **members}) == [(field, text)]


@pytest.mark.parametrize("soft_delete", [True, False])
def test_a_delete_ignores_whether_it_is_soft(soft_delete: bool) -> None:
    request = DeleteRequest.parse({**TARGET, "filters": {"a": 1}, "soft_delete": soft_delete, "dry_run": True})
    assert (request.operation(), request.dry_run) == (engine.Delete(A), True)


@pytest.mark.parametrize(
    ("header", "version"),
    [
        (None, None),
        (f'"{DOCUMENT}-3"', 3),
        (f' W/"{DOCUMENT}-3" ', 3),
        (f'"{DOCUMENT}-{"9" * 18}"', int("9" * 18)),
    ],
)
def test_an_etag_is_the_expected_version(header: str | None, version: int | None) -> None:
    for document_id in (DOCUMENT, DOCUMENT.upper()):
        request = DeleteRequest.parse({**TARGET, "filters": {"_id": document_id}, "If-Match": header})
        assert request.operation() == engine.Delete(
            engine.Query({"_id": document_id}), engine.Precondition(version=version)
        )


NO_ETAG = 'If-Match must be one ETag, such as "60c72b2f9b1d8b1a2d3e4567-3".'


@pytest.mark.parametrize(
    ("header", "text"),
    [
        *(
            (header, NO_ETAG)
            for header in ("", "*", DOCUMENT, f"{DOCUMENT}-3", f'"{DOCUMENT}-0"', f'"{DOCUMENT}-03"')
        ),
        *((header, NO_ETAG) for header in (f'"{DOCUMENT}"', f'"{DOCUMENT}-3", "x"', f'"{DOCUMENT}-{"9" * 19}"')),
        *((header, NO_ETAG) for header in (f'"{DOCUMENT.upper()}-3"', f'w/"{DOCUMENT}-3"', f'"{DOCUMENT}-３"')),
        (f'"{"0" * 24}-3"', "The ETag belongs to another document."),
    ],
)
def test_an_etag_that_is_refused(header: str, text: str) -> None:
    assert errors_of(DeleteRequest, {**DELETE_ONE, "If-Match": header}) == [("If-Match", text)]


@pytest.mark.parametrize("filters", [{"a": 1}, {"_id": None}, {"_id": {"$in": [DOCUMENT]}}])
def test_an_etag_needs_filters_that_name_one_document(filters: dict[str, Any]) -> None:
    text = "If-Match requires filters that name one _id."
    request = {**TARGET, "filters": filters, "If-Match": f'"{DOCUMENT}-3"'}
    assert errors_of(DeleteRequest, request) == [("If-Match", text)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, False),
        ({"a": 1, "b.c": 2, "b.0": 3}, False),
        ({"a": {"$inc": 1}}, False),
        ({"a$": 1, "a.$b": 1}, False),
        ({"a": 1, "$set": {}}, True),
        ({"$": 1}, True),
        ({"a.$": 1}, True),
        ({"a.$[]": 1}, True),
        ({"a.$[few].b": 1}, True),
        ({"a.$[Few]": 1}, False),
    ],
)
def test_operators_and_positional_paths_are_recognized(values: dict[str, Any], expected: bool) -> None:
    assert has_operators(values) is expected


def test_every_kind_of_write_has_an_operation_of_its_own() -> None:
    with pytest.raises(NotImplementedError):
        Filtered.parse({"filters": {"a": 1}}).operation()


def test_the_etag_is_described_as_a_header() -> None:
    for operation in (UPDATE, DELETE):
        described = operation.as_dict()
        headers = [(item["name"], item["in"], item["required"]) for item in described["parameters"]]
        assert headers == [("If-Match", "header", False), ("Idempotency-Key", "header", False)]
        body = described["requestBody"]["content"]["application/json"]["schema"]
        assert "If-Match" not in body["properties"]
        assert {"412", "422"} <= described["responses"].keys()
    insert = INSERT.as_dict()
    assert "data" in insert["requestBody"]["content"]["application/json"]["schema"]["required"]
    assert list(insert["responses"])[0] == "201"
