"""Functions in the dashboard: created, saved, run, published again and deleted."""

from __future__ import annotations

import html
from typing import Any

import engine
from features.functions.models import Function, Invocation
from features.functions.services import managing
from tests.dashboard.conftest import Browser, text_of
from tests.features.functions.support import require_deno

TYPED = "export default ({ data }: any): number => {\r\n  console.log('hello', data.a);\r\n  return data.a;\r\n}"


def test_the_life_of_a_function(anna: Browser, films: engine.Database, settings: Any) -> None:
    require_deno()
    settings.FUNCTION_TIMEOUT = settings.FUNCTION_CHECK_TIMEOUT = 200.0
    pages = f"db/{films.id}/functions"
    assert "No functions yet" in text_of(anna.get(pages))
    refused = anna.post(pages, {"name": ""})
    assert (refused.status_code, Function.objects.filter(database__public_id=films.id).count()) == (400, 0)
    assert anna.post(pages, {"name": "greet"}).status_code == 302
    function = Function.objects.get(database__public_id=films.id)
    page = f"{pages}/{function.pk}"
    text = text_of(anna.get(page))
    assert f"/fns/{function.pk}" in text and "None yet: the function runs only when it is called." in text
    members = {"content": TYPED.replace("\r", "").replace("data.a;", "'a';"), "name": "greet"}
    record = managing.change_function(anna.principal, films.id, function.pk, changes=members, check=False)
    function.versions.filter(pk=record.version).update(
        diagnostics=[{"code": "TS1", "message": "Wrong <type>", "line": 3, "column": 2}]
    )
    shown = anna.get(page)
    assert "Line 3, column 2: Wrong &lt;type&gt;" in shown.content.decode()
    result = html.unescape(text_of(anna.post(f"{page}/run", {"body": '{"a": 5}'})))
    assert '"a"' in result
    assert "hello 5" in result
    assert Invocation.objects.get(function=function).method == "POST"
    for data in ("[]", "{"):
        assert anna.post(f"{page}/run", {"body": data}).status_code == 400
    assert anna.post(f"{page}/republish", {"version": record.versions[1]}).status_code == 302
    assert anna.post(f"{page}/republish", {"version": "unknown"}).status_code == 404
    assert function.versions.count() == 3
    assert "This is an old version" in text_of(anna.get(f"{page}?version={record.version}"))
    assert anna.post(page, {"name": "", "content": ""}).status_code == 400
    assert anna.post(page, {"name": "new", "content": TYPED}).status_code == 302
    newest = managing.read_function(anna.principal, films.id, function.pk)
    assert (newest.name, newest.content, newest.diagnostics) == ("new", TYPED.replace("\r", ""), [])
    assert anna.post(f"{page}/delete", {}).status_code == 302
    assert anna.get(page).status_code == 404
