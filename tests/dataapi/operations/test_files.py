"""The requests for files, and how the operations of files are described."""

from __future__ import annotations

from typing import Any

import pytest

from dataapi.operations.files import OPERATIONS, FilesRequest, FilesTarget, SignedRequest
from tests.dataapi.operations.support import errors_of

BY_ID = {operation.id: operation for operation in OPERATIONS}


@pytest.mark.parametrize(
    ("parameters", "values"),
    [
        ({}, ("", 1, 10, "")),
        ({"database_id": "", "search": ""}, ("", 1, 10, "")),
        ({"database_id": "d", "page": "2", "page_size": "1000", "search": "é.png"}, ("d", 2, 1000, "é.png")),
    ],
)
def test_a_page_of_files(parameters: dict[str, str], values: tuple[str, int, int, str]) -> None:
    request = FilesRequest.parse(parameters)
    assert (request.database_id, request.page, request.page_size, request.search) == values


@pytest.mark.parametrize(
    ("parameters", "field", "text"),
    [
        *(
            ({"page": value}, "page", "page must be a whole number from 1 to 2147483647")
            for value in ("0", "", "x")
        ),
        *(
            ({"page_size": value}, "page_size", "page_size must be a whole number from 1 to 1000")
            for value in ("0", "1001")
        ),
        ({"search": "a\0"}, "search", "search must be a string without NUL"),
        ({"dry_run": "true"}, "dry_run", "Unknown parameter dry_run."),
    ],
)
def test_parameters_that_are_refused(parameters: dict[str, Any], field: str, text: str) -> None:
    assert errors_of(FilesRequest, parameters) == [(field, text)]


def test_a_target_and_a_link_may_be_without_parameters() -> None:
    """The view refuses a link without a signature like one whose signature is wrong."""
    assert (FilesTarget.parse({}).database_id, SignedRequest.parse({}).signature) == ("", "")
    assert SignedRequest.parse({"signature": "s"}).signature == "s"


def test_an_upload_is_described_as_a_form() -> None:
    body = BY_ID["upload_file_v2"].as_dict()["requestBody"]["content"]
    assert list(body) == ["multipart/form-data"]
    schema = body["multipart/form-data"]["schema"]
    assert (schema["required"], schema["properties"]["file"]) == (["file"], {"type": "string", "format": "binary"})


@pytest.mark.parametrize("verb", ["stream", "download"])
def test_a_link_is_described_without_credentials_and_with_its_signature(verb: str) -> None:
    described = BY_ID[f"{verb}_file_v2"].as_dict()
    assert (BY_ID[f"{verb}_file_v2"].path, described["security"]) == (f"/api/v2/files/{verb}/{{file_id}}", [])
    parameters = [(item["name"], item["in"], item["required"]) for item in described["parameters"]]
    assert parameters == [("signature", "query", True), ("file_id", "path", True)]
    assert list(described["responses"]["200"]["content"]) == ["application/octet-stream"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_an_error_has_the_body_of_the_second_version(operation: Any) -> None:
    described = operation.as_dict()
    schema = described["responses"]["404"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/V2Error"}
    is_of_one_file = "{file_id}" in operation.path
    assert is_of_one_file is ("file_id" in [item["name"] for item in described["parameters"]])
