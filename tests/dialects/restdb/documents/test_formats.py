"""Answers as a page and as a script."""

from __future__ import annotations

import json

import pytest

from tests.dialects.restdb.support import Rest
from tests.dialects.restdb.test_browser_keys import browser_key


@pytest.fixture(scope="module")
def notes(rest: Rest) -> str:
    rest.tenant.add({"name": "notes", "fields": [{"name": "text"}]})
    return rest.create("notes", {"text": "<b>&</script>\u2028", "in": {"a": [1]}}, {"text": None})[0]


@pytest.mark.parametrize("path", ["notes.html", "notes?format=html", "notes.html?totals=true", "notes.html?x=1"])
def test_a_page(rest: Rest, notes: str, path: str) -> None:
    answer = rest.ask(f"GET {path}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "<th>text</th>" in answer.text
    assert "<td>&lt;b&gt;&amp;&lt;/script&gt;" in answer.text
    assert "{&quot;a&quot;: [1]}" in answer.text
    assert json.loads(answer.headers["X-Pagination"])["count"] == 2


def test_one_document_and_aggregations_as_a_page(rest: Rest, notes: str) -> None:
    assert f"<td>{notes}</td>" in rest.ask(f"GET notes.html/{notes}").text
    assert "<th>COUNT n</th><td>2</td>" in rest.ask("GET notes.html?aggregate=COUNT:n").text
    assert rest.ask(f"GET notes.html/{notes}/people").text.count("<table>") == 1


def test_a_script(rest: Rest, notes: str) -> None:
    answer = rest.ask("GET notes.js")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert (answer.headers["X-Content-Type-Options"], "</" in answer.text) == ("nosniff", False)
    documents = json.loads(answer.text.removeprefix("var notes = ").removesuffix(";\n"))
    assert documents == rest.get("notes")
    called = rest.ask("GET notes?format=js&callback=page.show").text
    assert json.loads(called.removeprefix("/**/page.show(").removesuffix(");\n")) == documents


@pytest.mark.parametrize("callback", ["a b", "alert(1)//", "x" * 200, "a..b", "1"])
def test_a_callback_is_a_name(rest: Rest, notes: str, callback: str) -> None:
    answer = rest.ask("GET notes.js", params={"callback": callback})
    assert (answer.status_code, answer.json()["list"][0]["field"]) == (400, "callback")


def test_unknown_formats_are_not_acceptable(rest: Rest, notes: str) -> None:
    for route in ("GET notes.xml", "GET notes?format=csv", "POST notes.html", f"PUT notes.js/{notes}"):
        assert rest.ask(route, json=None if route.startswith("GET") else {}).status_code == 406
    missing = rest.ask("GET nothing.html")
    assert (missing.status_code, missing.json()["name"]) == (404, "NotFound")
    assert len(rest.get("notes")) == 2


def test_a_web_key_needs_every_origin_for_scripts(rest: Rest, notes: str) -> None:
    bound = browser_key(rest.tenant, origins=["https://shop.example.com"])
    assert rest.ask("GET notes.js", key=bound).status_code == 403
    assert rest.ask("GET notes.html", key=bound).status_code == 200
    assert rest.ask("GET notes.js", key=browser_key(rest.tenant, origins=["*"])).status_code == 200
