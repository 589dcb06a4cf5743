"""The parameters of files and scripts, and the declared operations of both."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from dialects.restdb.operations.files import OPERATIONS, FileParameters, PlainScriptParameters, ScriptParameters


@pytest.mark.parametrize(
    ("query", "size", "download"),
    [
        ("", "o", False),
        ("s=t", "t", False),
        ("s=w&download=true", "w", True),
        ("s=&download=1", "", True),
        ("size=t&download=yes", "o", False),
    ],
)
def test_parameters_of_a_file(query: str, size: str, download: bool) -> None:
    parameters = FileParameters.of_params(QueryDict(query))
    assert (parameters.size, parameters.download) == (size, download)


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", False), ("plainjs=true", True), ("plainjs=1", True), ("plainjs=TRUE", True), ("plainjs=no", False)],
)
def test_the_form_of_a_script(query: str, expected: bool) -> None:
    assert PlainScriptParameters.of_params(QueryDict(query)).plainjs is expected
    assert ScriptParameters.of_params(QueryDict(f"apikey=a&{query}")).apikey == "a"


def described(name: str) -> dict[str, Any]:
    return next(operation for operation in OPERATIONS if operation.id == name).as_dict()


@pytest.mark.parametrize(
    ("name", "parameters", "media"),
    [
        ("rest_jsapi_js", ["apikey", "plainjs"], "text/javascript"),
        ("rest_jsapi_mjs", ["apikey"], "text/javascript"),
        ("rest_jsapi_d_ts", ["apikey"], "text/javascript"),
        ("rest_jsapi_d_mts", ["apikey"], "text/javascript"),
        ("rest_jsapi_doc", ["apikey"], "text/html"),
        ("rest_eventsource", [], "text/javascript"),
        ("media_read", ["s", "download"], "application/octet-stream"),
    ],
)
def test_operations_that_need_no_key(name: str, parameters: list[str], media: str) -> None:
    operation = described(name)
    assert operation["security"][0] == {}
    assert [item["name"] for item in operation["parameters"] if item["in"] == "query"] == parameters
    assert [*operation["responses"]["200"]["content"]] == [media]


@pytest.mark.parametrize("name", ["media_upload", "media_delete", "media_meta"])
def test_operations_that_need_a_key(name: str) -> None:
    assert {} not in described(name)["security"]


def test_an_upload_is_a_form_with_a_file() -> None:
    operation = described("media_upload")
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["properties"] == {"file": {"type": "string", "format": "binary"}}
    file_id = "9f2c61d5e0b74a18b3c6d7e8f9a0b1c2"
    example = operation["responses"]["201"]["content"]["application/json"]["example"]
    assert example == {"msg": "OK", "uploadid": file_id, "ids": [file_id]}


def test_only_images_have_a_width_and_a_height() -> None:
    schema = described("media_meta")["responses"]["200"]["content"]["application/json"]["schema"]
    record = schema["items"]
    assert {*record["properties"]} - {*record["required"]} == {"width", "height"}
