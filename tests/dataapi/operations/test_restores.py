"""The requests that restore documents and collections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

from dataapi.operations.restores import OPERATIONS, RestoreRequest, RestoreToRequest, UndeleteRequest
from tests.dataapi.operations.support import DOCUMENT, TARGET, errors_of
from tests.surfaces import openapi

OF_DOCUMENT = {**TARGET, "document_id": DOCUMENT}
TO_TIME = {"database_id": "d", "as_of": "2020-01-01"}
VERSION = "version must be a whole number of at least 1"


@pytest.mark.parametrize("version", [1, 2**40])
def test_a_document_is_restored_to_a_version(version: int) -> None:
    request = RestoreRequest.parse({**OF_DOCUMENT, "version": version})
    assert (request.document_id, request.version) == (ObjectId(DOCUMENT), version)


@pytest.mark.parametrize("value", [None, "", "1", 0, -1, 1.0, True, [], {}])
def test_a_version_that_is_refused(value: Any) -> None:
    assert errors_of(RestoreRequest, {**OF_DOCUMENT, "version": value}) == [("version", VERSION)]


@pytest.mark.parametrize(
    ("members", "collection", "dry_run"),
    [
        ({}, None, False),
        ({"collection_name": "users"}, "users", False),
        ({"collection_name": "users", "dry_run": True}, "users", True),
    ],
)
def test_collections_are_restored_to_a_time(members: dict[str, Any], collection: str | None, dry_run: bool) -> None:
    request = RestoreToRequest.parse({**TO_TIME, **members})
    assert (request.collection_name, request.as_of, request.dry_run) == (collection, datetime(2020, 1, 1), dry_run)


@pytest.mark.parametrize(
    ("model", "members", "errors"),
    [
        (RestoreRequest, OF_DOCUMENT, [("version", VERSION)]),
        (
            RestoreRequest,
            {**OF_DOCUMENT, "version": 1, "dry_run": True},
            [
                ("dry_run", "Unknown parameter dry_run."),
            ],
        ),
        (
            RestoreRequest,
            {**OF_DOCUMENT, "version": 1, "as_of": "2020-01-01"},
            [
                ("as_of", "Unknown parameter as_of."),
            ],
        ),
        (RestoreToRequest, {}, [("database_id", "database_id is required"), ("as_of", "as_of is required")]),
        (RestoreToRequest, {**TO_TIME, "as_of": "2199-01-01"}, [("as_of", "as_of must be in the past")]),
        *(
            (RestoreToRequest, {**TO_TIME, "collection_name": value}, [("collection_name", text)])
            for value, text in [
                (None, "collection_name is required"),
                ("", "collection_name is required"),
                ([], "collection_name must be a string without NUL"),
            ]
        ),
        (
            RestoreToRequest,
            {**TO_TIME, "collection": "users", "Collection_name": "users"},
            [
                ("Collection_name", "Unknown parameter Collection_name."),
                ("collection", "Unknown parameter collection."),
            ],
        ),
        *(
            (
                RestoreToRequest,
                {**TO_TIME, "document_id": one, "version": other},
                [
                    ("document_id", "document_id does not go with as_of"),
                    ("version", "version does not go with as_of"),
                ],
            )
            for one, other in [(DOCUMENT, 1), (None, None), ("", 0)]
        ),
        (RestoreToRequest, {**TO_TIME, "dry_run": "true"}, [("dry_run", "dry_run must be true or false")]),
        (RestoreToRequest, {**TO_TIME, "with_schema": 1}, [("with_schema", "with_schema must be true or false")]),
        (UndeleteRequest, TARGET, [("document_id", "document_id is required")]),
        (UndeleteRequest, {**OF_DOCUMENT, "dry_run": True}, [("dry_run", "Unknown parameter dry_run.")]),
    ],
)
def test_requests_that_are_refused(model: Any, members: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert errors_of(model, members) == errors


def test_a_document_is_undeleted() -> None:
    assert UndeleteRequest.parse({**OF_DOCUMENT, "version": 1}).document_id == ObjectId(DOCUMENT)


def test_the_description_of_a_restore_has_both_requests_without_what_one_of_them_refuses() -> None:
    body = OPERATIONS[0].as_dict()["requestBody"]["content"]["application/json"]["schema"]
    assert [list(schema["properties"]) for schema in body["anyOf"]] == [
        ["database_id", "collection_name", "document_id", "version"],
        ["database_id", "collection_name", "as_of", "with_schema", "dry_run"],
    ]
    assert [schema["required"] for schema in body["anyOf"]] == [
        ["database_id", "collection_name", "document_id", "version"],
        ["database_id", "as_of"],
    ]


@pytest.mark.parametrize("path", ["/api/restore", "/api/undelete"])
def test_the_document_names_the_idempotency_key(path: str) -> None:
    described = openapi()["paths"][path]["post"]
    assert [item["name"] for item in described["parameters"]] == ["Idempotency-Key"]
    assert "422" in described["responses"]
