"""Entries of the API reference page: examples, parameters and curl commands of described operations."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import RequestFactory

from web.reference import Endpoint, _endpoint, _operations, page

KEY_OR_PERSON = [{"Api-Key": []}, {"Bearer": []}]
PERSON = [{"Bearer": []}]


@pytest.fixture
def base_url(settings: Any) -> None:
    settings.BASE_URL = "https://data.example.com"


def endpoint(verb: str = "get", **members: Any) -> Endpoint:
    return _endpoint("/api/x", verb, {"operationId": "do_x", "responses": {}, **members})


def json_content(value: Any) -> dict[str, Any]:
    return {"content": {"application/json": value}}


def parameter(name: str, **members: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", **members}


def test_an_operation_with_nothing_but_an_id(base_url: None) -> None:
    assert endpoint() == Endpoint(
        id="do_x",
        verb="GET",
        path="/api/x",
        summary="do_x",
        description="",
        parameters=[],
        request="",
        answers=[],
        curl="curl -X GET 'https://data.example.com/api/x'",
    )


def test_texts_and_query_parameters_are_taken_over() -> None:
    parameters = [parameter("limit"), {"name": "If-Match", "in": "header"}, {"name": "id", "in": "path"}]
    entry = endpoint(summary="Do x", description="It does x.", parameters=parameters)
    expected = ("Do x", "It does x.", [parameter("limit", description="")])
    assert (entry.summary, entry.description, entry.parameters) == expected


def test_what_stands_between_backticks_is_code() -> None:
    text = 'With `{"a": 1}` or `<b>`, & so on.'
    html = "With <code>{&quot;a&quot;: 1}</code> or <code>&lt;b&gt;</code>, &amp; so on."
    entry = endpoint(description=text, parameters=[parameter("limit", description=text)])
    assert (entry.description, entry.parameters[0]["description"]) == (html, html)
    page_of_all = page(RequestFactory().get("/")).content.decode()
    assert "<code>overlap_seconds</code>" in page_of_all
    assert "`" not in page_of_all


def test_operations_are_in_the_order_of_paths_and_then_of_verbs() -> None:
    document = {"paths": {"/b": {"delete": 4, "parameters": [], "get": 2, "post": 1}, "/a": {"patch": 5, "put": 3}}}
    assert list(_operations(document)) == [
        ("/b", "post", 1),
        ("/b", "get", 2),
        ("/b", "delete", 4),
        ("/a", "put", 3),
        ("/a", "patch", 5),
    ]


def test_the_page_has_the_groups_in_order_and_links_every_entry() -> None:
    html = page(RequestFactory().get("/api/")).content.decode()
    assert re.findall(r"<h2>(.*?)</h2>", html) == [
        *("Authentication API", "Management API", "Data API", "History API", "Events API"),
    ]
    entries = re.findall(r'<section class="endpoint" id="(\w+)">', html)
    assert len(entries) == len(set(entries)) > 20
    assert re.findall(r'<li><a href="#(\w+)">', html) == entries


@pytest.mark.parametrize(
    ("described", "text"),
    [
        ({"example": {"é": [1]}}, '{\n  "é": [\n    1\n  ]\n}'),
        ({"example": {}}, "{}"),
        ({"example": False}, "false"),
        ({"examples": {"first": {"value": 1}, "second": {"value": 2}}}, "1"),
        ({"example": 3, "examples": {"first": {"value": 1}}}, "3"),
    ],
)
def test_examples_are_indented_json(described: dict[str, Any], text: str) -> None:
    entry = endpoint("post", requestBody=json_content(described), responses={"200": json_content(described)})
    assert (entry.request, entry.answers) == (text, [("200", text)])


def test_only_successful_answers_with_an_example_are_listed() -> None:
    example = json_content({"example": 1})
    responses = {"200": example, "201": json_content({"schema": {}}), "202": example, "204": {}, "400": example}
    assert endpoint(responses=responses).answers == [("200", "1"), ("202", "1")]


@pytest.mark.parametrize(
    ("security", "lines"),
    [
        ([], []),
        ([{}], []),
        ([*PERSON, {}], []),
        (PERSON, ["-H 'Authorization: Bearer <ACCESS_TOKEN>'"]),
        (KEY_OR_PERSON, ["-H 'Authorization: Api-Key <YOUR_API_KEY>'"]),
    ],
)
def test_curl_has_the_credentials_that_the_operation_needs(security: list[Any], lines: list[str]) -> None:
    assert endpoint(security=security).curl.split(" \\\n  ")[1:] == lines


def test_curl_sends_a_json_body(base_url: None) -> None:
    curl = endpoint("post", requestBody=json_content({"example": {"a": "é", "b": None}})).curl
    command, header, data = curl.split(" \\\n  ")
    assert (command, header) == (
        "curl -X POST 'https://data.example.com/api/x'",
        "-H 'Content-Type: application/json'",
    )
    assert json.loads(data.removeprefix("-d '").removesuffix("'")) == {"a": "é", "b": None}


def test_curl_is_quoted_for_the_shell(base_url: None) -> None:
    example = {"it's": '$(id) "a" `b`'}
    curl = endpoint("post", requestBody=json_content({"example": example})).curl
    assert json.loads(shlex.split(curl.replace("\\\n", ""))[-1]) == example
    body = {"content": {"multipart/form-data": {"example": {"name": "it's"}}}}
    assert shlex.split(endpoint("post", requestBody=body).curl.replace("\\\n", ""))[-2:] == ["-F", "name=it's"]


def test_curl_names_the_parts_of_a_path_as_placeholders(base_url: None) -> None:
    operation = {"operationId": "do_x", "responses": {}}
    curl = _endpoint("/api/keys/{key_id}", "delete", operation).curl
    assert curl == "curl -X DELETE 'https://data.example.com/api/keys/<KEY_ID>'"


def test_curl_sends_the_parts_of_a_form(base_url: None) -> None:
    body = {"content": {"multipart/form-data": {"example": {"file": "@films.json", "name": "films"}}}}
    assert endpoint("post", requestBody=body).curl == (
        "curl -X POST 'https://data.example.com/api/x' \\\n  -F 'file=@films.json' \\\n  -F 'name=films'"
    )


def test_curl_has_required_parameters_and_a_filter() -> None:
    parameters = [
        parameter("database_id", required=True),
        parameter("limit", required=False),
        parameter("filters"),
        {"name": "If-Match", "in": "header", "required": True},
    ]
    address = endpoint(parameters=parameters).curl.split("'")[1]
    assert "?database_id=<DATABASE_ID>&filters=%7B" in address
    assert parse_qs(urlsplit(address).query) == {
        "database_id": ["<DATABASE_ID>"],
        "filters": ['{"email": "alice@example.com"}'],
    }
