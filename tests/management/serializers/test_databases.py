"""The requests and responses of databases and collections."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework import serializers

import engine
from management.serializers import databases
from management.serializers.databases import (
    AddCollectionRequest,
    CreateDatabaseRequest,
    DropCollectionsRequest,
    DropDatabaseRequest,
    ListCollectionsQuery,
    ListDatabasesQuery,
    ListDatabasesV2Query,
)
from management.serializers.fields import RequestSerializer, parse
from tests.management.serializers.support import DATABASE, errors_of, example_errors, example_of, responses_of

NUMBER = "{} must be a whole number from 1 to {}"
MAX = 2**31 - 1
PAGINATION = "Invalid pagination parameters."
DEFAULTS: dict[type[RequestSerializer], dict[str, Any]] = {CreateDatabaseRequest: {"keys": False}}


@pytest.mark.parametrize(
    "shape", [CreateDatabaseRequest, AddCollectionRequest, DropDatabaseRequest, DropCollectionsRequest]
)
def test_the_example_of_a_request_is_valid(shape: type[RequestSerializer]) -> None:
    assert parse(shape, example_of(shape)) == DEFAULTS.get(shape, {}) | example_of(shape)


@pytest.mark.parametrize(
    ("shape", "values"),
    [
        (CreateDatabaseRequest, {"db_name": 7, "collections": "x"}),
        (AddCollectionRequest, {"database_id": DATABASE, "collections": None}),
        (DropDatabaseRequest, {"database_id": DATABASE, "confirmation": []}),
        (DropCollectionsRequest, {"database_id": DATABASE, "collection_names": [7]}),
    ],
)
def test_members_that_the_service_checks_are_passed_on(
    shape: type[RequestSerializer], values: dict[str, Any]
) -> None:
    defaults = DEFAULTS.get(shape, {})
    assert parse(shape, values) == defaults | values
    checked = {name: value for name, value in values.items() if name == "database_id"}
    assert parse(shape, checked) == defaults | checked


@pytest.mark.parametrize(
    ("shape", "parameters", "values"),
    [
        (ListDatabasesQuery, {}, {"page": 1, "page_size": 10, "search": ""}),
        (ListDatabasesQuery, {"page_size": str(MAX), "search": "é"}, {"page": 1, "page_size": MAX, "search": "é"}),
        (ListDatabasesV2Query, {}, {"page": 1, "page_size": 50, "search": ""}),
        (ListDatabasesV2Query, {"page": "2", "page_size": "1000"}, {"page": 2, "page_size": 1000, "search": ""}),
    ],
)
def test_a_page_of_databases(shape: Any, parameters: dict[str, str], values: dict[str, Any]) -> None:
    assert parse(shape, parameters) == values


@pytest.mark.parametrize(
    ("shape", "parameters", "message", "errors"),
    [
        *(
            (ListDatabasesQuery, {"page": value}, PAGINATION, [("page", NUMBER.format("page", MAX))])
            for value in ("0", "-1", "", "x", "1.0", "2147483648")
        ),
        (
            ListDatabasesQuery,
            {"page": "0", "page_size": "0"},
            PAGINATION,
            [("page", NUMBER.format("page", MAX)), ("page_size", NUMBER.format("page_size", MAX))],
        ),
        (
            ListDatabasesQuery,
            {"search": "\0"},
            "search must be a string without NUL",
            [("search", "search must be a string without NUL")],
        ),
        (
            ListDatabasesQuery,
            {"dry_run": "true"},
            "Unknown parameter dry_run.",
            [("dry_run", "Unknown parameter dry_run.")],
        ),
        (
            ListDatabasesV2Query,
            {"page_size": "1001"},
            NUMBER.format("page_size", 1000),
            [("page_size", NUMBER.format("page_size", 1000))],
        ),
        (
            ListDatabasesV2Query,
            {"page": "0", "page_size": "0"},
            "The request is not valid.",
            [("page", NUMBER.format("page", MAX)), ("page_size", NUMBER.format("page_size", 1000))],
        ),
    ],
)
def test_a_page_that_is_refused(
    shape: Any, parameters: dict[str, str], message: str, errors: list[tuple[str, str]]
) -> None:
    assert errors_of(shape, parameters) == errors
    with pytest.raises(engine.Invalid) as refused:
        parse(shape, parameters)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (ListCollectionsQuery, "database_id is a required query parameter."),
        *((shape, "database_id is required") for shape in (AddCollectionRequest, DropDatabaseRequest)),
        (DropCollectionsRequest, "database_id is required"),
    ],
)
def test_a_database_is_named(shape: type[RequestSerializer], text: str) -> None:
    for values in ({}, {"database_id": ""}, {"database_id": None}):
        assert errors_of(shape, values) == [("database_id", text)]
    text = "database_id must be a string without NUL"
    assert errors_of(shape, {"database_id": {"$ne": ""}}) == [("database_id", text)]


@pytest.mark.parametrize("shape", responses_of(databases).values(), ids=responses_of(databases))
def test_the_example_of_a_response_is_valid(shape: Any) -> None:
    assert example_errors(shape) == {}


def test_a_created_collection_may_be_without_an_error() -> None:
    created = databases.NewDatabaseResponse().fields["collections"].child.fields
    assert {name: type(field) for name, field in created.items()} == {
        "name": serializers.CharField,
        "created": serializers.BooleanField,
        "exists": serializers.BooleanField,
        "error": serializers.JSONField,
    }
    assert created["error"].allow_null
