"""The requests for the versions of documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

import engine
from dataapi.operations.history import (
    OPERATIONS,
    DiffRequest,
    DocumentRequest,
    PruneRequest,
    SearchRequest,
    VersionRequest,
    VersionsRequest,
)
from tests.dataapi.operations.support import DOCUMENT, TARGET, errors_of

OF_DOCUMENT = {**TARGET, "document_id": DOCUMENT}
REQUIRED = "document_id is required"
NOT_TEXT = "document_id must be a string without NUL"
NO_ID = "document_id must be an id of 24 hexadecimal digits"
TOO_LARGE = "page is too large: page times page_size must be less than 2147483648"


@pytest.mark.parametrize("text", [DOCUMENT, DOCUMENT.upper(), "0" * 24])
def test_an_id_is_parsed(text: str) -> None:
    assert DocumentRequest.parse({**TARGET, "document_id": text}).document_id == ObjectId(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((value, REQUIRED) for value in (None, "")),
        *((value, NOT_TEXT) for value in (0, 7, True, [], {}, {"$oid": DOCUMENT}, "a\0", b"123456789012")),
        *(
            (value, NO_ID)
            for value in ("x", " ", DOCUMENT[1:], DOCUMENT + "0", "z" * 24, "é" * 12, DOCUMENT + "\n")
        ),
    ],
)
def test_an_id_that_is_refused(value: Any, text: str) -> None:
    assert errors_of(DocumentRequest, {**TARGET, "document_id": value}) == [("document_id", text)]


@pytest.mark.parametrize(
    ("parameters", "skip", "page_size"),
    [({}, 0, 50), ({"page": "3"}, 100, 50), ({"page": "2", "page_size": "1000"}, 1000, 1000)],
)
def test_a_page_of_versions(parameters: dict[str, str], skip: int, page_size: int) -> None:
    request = VersionsRequest.parse({**OF_DOCUMENT, **parameters})
    assert (request.skip, request.page_size) == (skip, page_size)
    query = SearchRequest.parse({**TARGET, **parameters, "filters": '{"a": 1}'}).query()
    assert query == engine.Query({"a": 1}, skip=skip, limit=page_size)


@pytest.mark.parametrize(
    ("model", "parameters", "errors"),
    [
        (VersionsRequest, {}, [("document_id", REQUIRED)]),
        (VersionsRequest, {"document_id": DOCUMENT, "page": "2147483647"}, [("page", TOO_LARGE)]),
        (SearchRequest, {"page": "2147484", "page_size": "1000"}, [("page", TOO_LARGE)]),
        (SearchRequest, {"filters": "[]"}, [("filters", "filters must be a JSON object")]),
        (VersionRequest, OF_DOCUMENT, [("version", "version is required")]),
        (VersionRequest, {**OF_DOCUMENT, "version": ""}, [("version", "version is required")]),
        (
            VersionRequest,
            {**OF_DOCUMENT, "version": "0"},
            [("version", "version must be a whole number from 1 to 2147483647")],
        ),
        (DiffRequest, {}, [("document_id", REQUIRED), ("from", "from is required"), ("to", "to is required")]),
        (
            DiffRequest,
            {**OF_DOCUMENT, "from": "1", "to": "2147483648"},
            [("to", "to must be a whole number from 1 to 2147483647")],
        ),
        (
            DiffRequest,
            {**OF_DOCUMENT, "one": "1", "other": "2"},
            [("from", "from is required"), ("to", "to is required")],
        ),
        (PruneRequest, {}, [("before", "before is required")]),
        (PruneRequest, {"before": ""}, [("before", "before is required")]),
        (PruneRequest, {"before": "2199-01-01"}, [("before", "before must be in the past")]),
        (
            PruneRequest,
            {"before": "2020-01-01", "document_id": DOCUMENT, "dry_run": True},
            [("document_id", "Unknown parameter document_id."), ("dry_run", "Unknown parameter dry_run.")],
        ),
    ],
)
def test_requests_that_are_refused(model: Any, parameters: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert errors_of(model, {**TARGET, **parameters}) == errors


def test_numbers_of_versions_and_times() -> None:
    assert VersionRequest.parse({**OF_DOCUMENT, "version": "2147483647"}).version == 2**31 - 1
    diff = DiffRequest.parse({**OF_DOCUMENT, "from": "2", "to": "1"})
    assert (diff.one, diff.other) == (2, 1)
    assert PruneRequest.parse({**TARGET, "before": "2020-01-01T02:00+02:00"}).before == datetime(2020, 1, 1)


def test_the_operations_are_described_with_the_names_of_the_request() -> None:
    diff = next(operation for operation in OPERATIONS if operation.id == "document_diff").as_dict()
    names = ["database_id", "collection_name", "document_id", "from", "to"]
    assert [(item["name"], item["required"]) for item in diff["parameters"]] == [(name, True) for name in names]
    assert [(operation.verb, operation.path) for operation in OPERATIONS] == [
        ("get", "/api/history"),
        ("delete", "/api/history"),
        ("get", "/api/history/version"),
        ("get", "/api/history/diff"),
        ("get", "/api/history/search"),
    ]
