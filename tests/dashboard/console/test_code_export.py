"""Code in three languages for a console query."""

from __future__ import annotations

import ast
import shlex
from typing import Any

import pytest

from dashboard.console import code_export
from dashboard.console.code_export import ApiRequest

URL = "https://data.example"
TARGET = {"database_id": "d1", "collection_name": "films"}


@pytest.fixture(autouse=True)
def use_fixed_address(settings: Any) -> None:
    settings.BASE_URL = URL


def code_of(request: ApiRequest) -> dict[str, str]:
    return {item["title"]: item["code"] for item in code_export.programs(request)}


@pytest.mark.parametrize(
    ("parts", "query"),
    [
        ({"filters": {}, "sort": {}, "fields": {}, "limit": 20}, {"page_size": "20"}),
        ({"filters": None, "sort": None, "fields": None, "limit": 1}, {"page_size": "1"}),
        (
            {"filters": {"a": 'é "x"'}, "sort": {"b": -1}, "fields": {"c": 1}, "limit": 200},
            {"filters": '{"a": "é \\"x\\""}', "sort": '{"b": -1}', "fields": '{"c": 1}', "page_size": "200"},
        ),
    ],
)
def test_a_find_names_only_the_parts_of_the_query_that_are_set(
    parts: dict[str, Any], query: dict[str, str]
) -> None:
    assert code_export.find("d1", "films", **parts) == ApiRequest("/api/crud", {**TARGET, **query}, None)


def test_an_aggregation_is_sent_as_a_body() -> None:
    pipeline = [{"$count": "n"}]
    expected = ApiRequest("/api/aggregate", {}, {**TARGET, "pipeline": pipeline})
    assert code_export.aggregate("d1", "films", pipeline=pipeline) == expected


def test_programs_are_listed_with_ids_and_titles() -> None:
    items = code_export.programs(ApiRequest("/api/crud", {}))
    assert [(item["id"], item["title"]) for item in items] == [
        ("copy-curl", "curl"),
        ("copy-python", "Python"),
        ("copy-javascript", "JavaScript"),
    ]


def test_curl_quotes_every_value_for_the_shell() -> None:
    request = code_export.find("d1", "films", filters={"t": "it's $x"}, sort=None, fields=None, limit=5)
    assert shlex.split(code_of(request)["curl"].replace("\\\n", "")) == [
        *("curl", "-sS", "-G", f"{URL}/api/crud", "-H", "Authorization: Api-Key YOUR_KEY"),
        *("--data-urlencode", "database_id=d1", "--data-urlencode", "collection_name=films"),
        *("--data-urlencode", 'filters={"t": "it\'s $x"}', "--data-urlencode", "page_size=5"),
    ]


def test_curl_sends_a_body_as_json() -> None:
    request = ApiRequest("/api/aggregate", {}, {"pipeline": [{"$match": {"a": "it's"}}]})
    assert shlex.split(code_of(request)["curl"].replace("\\\n", "")) == [
        *("curl", "-sS", f"{URL}/api/aggregate", "-H", "Authorization: Api-Key YOUR_KEY"),
        *("-H", "Content-Type: application/json", "-d", '{"pipeline": [{"$match": {"a": "it\'s"}}]}'),
    ]


@pytest.mark.parametrize(
    ("request_", "method", "argument", "value"),
    [
        (ApiRequest("/api/crud", {"filters": '{"a": "it\'s"}'}), "get", "params", {"filters": '{"a": "it\'s"}'}),
        (ApiRequest("/api/x", {}, {"a": [None, True, "é"]}), "post", "json", {"a": [None, True, "é"]}),
    ],
)
def test_python_has_the_values_as_literals(request_: ApiRequest, method: str, argument: str, value: Any) -> None:
    calls = [node for node in ast.walk(ast.parse(code_of(request_)["Python"])) if isinstance(node, ast.Call)]
    call = next(node for node in calls if ast.unparse(node.func) == f"httpx.{method}")
    arguments = {item.arg: ast.literal_eval(item.value) for item in call.keywords}
    assert ast.literal_eval(call.args[0]) == URL + request_.path
    assert arguments == {argument: value, "headers": {"Authorization": "Api-Key YOUR_KEY"}}


def test_javascript_encodes_the_query_in_the_address() -> None:
    assert code_of(ApiRequest("/api/crud", {"filters": '{"a": "é&"}'}))["JavaScript"] == (
        'const answer = await fetch("https://data.example/api/crud?filters=%7B%22a%22%3A+%22%C3%A9%26%22%7D", {\n'
        '  headers: { Authorization: "Api-Key YOUR_KEY" },\n'
        "});\n"
        "console.log((await answer.json()).data);"
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            {"a": 1, "b": [1.5, 123456789012345, "é"]},
            """JSON.stringify({"a": 1, "b": [1.5, 123456789012345, "é"]})""",
        ),
        ({"a": "x __proto__"}, """JSON.stringify({"a": "x __proto__"})"""),
        ({"a": {"__proto__": "it's"}}, """'{"a": {"__proto__": "it\\'s"}}'"""),
        ({'"__proto__': 1}, """'{"\\\\"__proto__": 1}'"""),
        ({"a": 2**53 + 1, "b": "\n"}, """'{"a": 9007199254740993, "b": "\\\\n"}'"""),
        ({"a": -1.0}, """'{"a": -1.0}'"""),
        ({"a": 1e20}, """'{"a": 1e+20}'"""),
    ],
)
def test_javascript_sends_exactly_the_body(body: dict[str, Any], text: str) -> None:
    assert f"\n  body: {text},\n" in code_of(ApiRequest("/api/aggregate", {}, body))["JavaScript"]


def test_javascript_posts_a_body() -> None:
    assert code_of(ApiRequest("/api/aggregate", {}, {"pipeline": []}))["JavaScript"] == (
        'const answer = await fetch("https://data.example/api/aggregate", {\n'
        '  method: "POST",\n'
        '  headers: { Authorization: "Api-Key YOUR_KEY", "Content-Type": "application/json" },\n'
        '  body: JSON.stringify({"pipeline": []}),\n'
        "});\n"
        "console.log((await answer.json()).data);"
    )
