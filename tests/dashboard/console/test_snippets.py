"""Code snippets that read and insert, with the names of a database."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from dashboard.console import snippets

NAMES = {"url": "https://data.example", "database_id": "d1", "collection": "films", "key": "dc_key"}


def code_of(sample: dict[str, Any] | None = None, **changes: str) -> dict[str, str]:
    items = snippets.for_database(**{**NAMES, **changes}, sample=sample or {"a": 1})
    return {item["id"]: item["code"] for item in items}


def test_each_kind_has_a_snippet_in_each_language() -> None:
    items = snippets.for_database(**NAMES, sample={})
    assert [(item["id"], item["kind"], item["language"]) for item in items] == [
        ("find-curl", "find", "curl"),
        ("find-python", "find", "Python"),
        ("find-javascript", "find", "JavaScript"),
        ("insert-curl", "insert", "curl"),
        ("insert-python", "insert", "Python"),
        ("insert-javascript", "insert", "JavaScript"),
    ]


@pytest.mark.parametrize("placeholder", ["<url>", "<id>", "<name>", "<key>", "<document>"])
def test_no_placeholder_is_left(placeholder: str) -> None:
    assert all(placeholder not in code for code in code_of().values())
    assert placeholder not in snippets.browser_page(**NAMES)


def test_curl_reads_with_the_address_and_names() -> None:
    assert shlex.split(code_of()["find-curl"].replace("\\\n", "")) == [
        *("curl", "-sS", "-G", "https://data.example/api/crud", "-H", "Authorization: Api-Key dc_key"),
        *("-d", "database_id=d1", "-d", "collection_name=films", "-d", "page_size=3"),
    ]


def test_curl_inserts_the_sample_as_one_argument() -> None:
    arguments = shlex.split(code_of({"a": "it's é"})["insert-curl"].replace("\\\n", ""))
    body = '{"database_id": "d1", "collection_name": "films", "data": [{"a": "it\'s é"}]}'
    assert arguments[-2:] == ["-d", body]


def test_python_snippets_are_valid_programs() -> None:
    code = code_of({"a": None, "b": [True, 'x"y']})
    for name in ("find-python", "insert-python"):
        compile(code[name], name, "exec")
    data = """"data": [{'a': None, 'b': [True, 'x"y']}]}"""
    assert f'json={{"database_id": "d1", "collection_name": "films", {data},' in code["insert-python"]


def test_javascript_inserts_the_sample_as_json() -> None:
    data = '{ database_id: "d1", collection_name: "films", data: [{"a": null, "b": true}] }'
    assert f"body: JSON.stringify({data})," in code_of({"a": None, "b": True})["insert-javascript"]


def test_javascript_inserts_every_member() -> None:
    code = code_of({"__proto__": {"__proto__": "__proto__"}, '"__proto__': 1})["insert-javascript"]
    assert """data: [{["__proto__"]: {["__proto__"]: "__proto__"}, "\\"__proto__": 1}]""" in code


def test_values_are_escaped_inside_their_quotation_marks() -> None:
    assert 'Api-Key a\\"b\\\\c"' in code_of(key='a"b\\c')["find-python"]


def test_a_placeholder_in_the_sample_is_not_replaced() -> None:
    assert '[{"a": "<key> <id>"}]' in code_of({"a": "<key> <id>"})["insert-javascript"]


def test_a_connector_gets_its_address_and_its_key() -> None:
    (item,) = snippets.connectors(**NAMES)
    assert (item["id"], item["kind"], item["language"]) == ("connector-communibase", "connector", "Communibase")
    assert 'COMMUNIBASE_API_URL = "https://data.example/communibase/d1/0.1/";' in item["code"]
    assert 'new Connector("dc_key")' in item["code"]
    assert 'connector.search("films", {}' in item["code"]
    assert 'enableCache("d1", "https://data.example/?api_key=dc_key")' in item["code"]


@pytest.mark.parametrize(("key", "text"), [("pub", '"x-apikey": "pub"'), ("", '"x-apikey": "YOUR_KEY"')])
def test_a_web_page_reads_with_a_browser_key(key: str, text: str) -> None:
    page = snippets.browser_page(**{**NAMES, "key": key})
    assert page.splitlines()[:3] == [
        '<script type="module">',
        'const answer = await fetch("https://data.example/db/d1/rest/films?max=3", {',
        f"  headers: {{ {text} }},",
    ]
    assert page.endswith("</script>")
