"""Stored payloads are shown as text on every page of data."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

import accounts.services
import catalog.services
import engine
import features.jobs.services
from features.jobs.models import Job
from tests.dashboard.conftest import HTMX, PASSWORD, Browser

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><svg onload=alert(1)>",
    "' autofocus onfocus='alert(1)",
    "{{ alert }}{% load x %}${alert(1)}",
    "javascript:alert(1)",
)


def _documents(browser: Browser, films: engine.Database, payload: str) -> Any:
    films.collection("films").insert([{"title": payload, payload: payload, "deep": {payload: [payload]}}])
    return browser.get(f"db/{films.id}/c/films")


def _last(films: engine.Database) -> str:
    query = engine.Query(sort=(("_id", -1),), limit=1)
    return str(films.collection("films").find(query).documents[0]["_id"])


def _panel(browser: Browser, films: engine.Database, payload: str) -> Any:
    _documents(browser, films, payload)
    return browser.get(f"db/{films.id}/c/films/d/{_last(films)}", headers=HTMX)


def _editor(browser: Browser, films: engine.Database, payload: str) -> Any:
    _documents(browser, films, payload)
    return browser.get(f"db/{films.id}/c/films/d/{_last(films)}/edit")


def _editor_error(browser: Browser, films: engine.Database, payload: str) -> Any:
    text = json.dumps({payload: 1, "rating": payload})
    return browser.post(f"db/{films.id}/c/films/new", {"document": text})


def _cell(browser: Browser, films: engine.Database, payload: str) -> Any:
    _documents(browser, films, payload)
    return browser.get(f"db/{films.id}/c/films/d/{_last(films)}/cell", data={"name": payload}, headers=HTMX)


def _row(browser: Browser, films: engine.Database, payload: str) -> Any:
    _documents(browser, films, payload)
    data = {"shown": ["_id", payload, "deep"]}
    return browser.get(f"db/{films.id}/c/films/d/{_last(films)}/row", data=data, headers=HTMX)


def _filter(browser: Browser, films: engine.Database, payload: str) -> Any:
    data = {"filter": json.dumps({payload: payload}), "sort": f"+:{payload}", "column": payload}
    return browser.get(f"db/{films.id}/c/films", data=data)


def _broken_filter(browser: Browser, films: engine.Database, payload: str) -> Any:
    return browser.get(f"db/{films.id}/c/films", data={"filter": payload})


def _delete(browser: Browser, films: engine.Database, payload: str) -> Any:
    _documents(browser, films, payload)
    return browser.post(f"db/{films.id}/c/films/delete", {"ids": [_last(films)]})


def _history(browser: Browser, films: engine.Database, payload: str) -> Any:
    _documents(browser, films, payload)
    name = _last(films)
    handle = films.collection("films")
    handle.update(engine.Query(filter={"_id": name}), engine.Change({"title": "other", payload: 1}))
    return browser.get(f"db/{films.id}/c/films/d/{name}/history")


def _deleted(browser: Browser, films: engine.Database, payload: str) -> Any:
    _documents(browser, films, payload)
    films.collection("films").delete(engine.Query(filter={"_id": _last(films)}))
    return browser.get(f"db/{films.id}/c/films/history")


def _console(browser: Browser, films: engine.Database, payload: str) -> Any:
    _documents(browser, films, payload)
    pipeline = json.dumps([{"$match": {"title": payload}}])
    data = {"collection": "films", "mode": "aggregate", "pipeline": pipeline}
    return browser.get(f"db/{films.id}/query", data=data)


def _console_json(browser: Browser, films: engine.Database, payload: str) -> Any:
    _documents(browser, films, payload)
    data = {"collection": "films", "mode": "find", "shape": "json", "filter": json.dumps({"title": payload})}
    return browser.get(f"db/{films.id}/query", data=data)


def _explained(browser: Browser, films: engine.Database, payload: str) -> Any:
    data = {"collection": "films", "mode": "find", "filter": json.dumps({"title": {f"${payload}": 1}})}
    return browser.get(f"db/{films.id}/query/explain", data=data, headers=HTMX)


def _preview(browser: Browser, films: engine.Database, payload: str) -> Any:
    data = {"head": json.dumps([{payload: payload}]), "complete": "true", "name": f"{payload}.json"}
    return browser.post(f"db/{films.id}/import/preview", data, headers=HTMX)


def _job(browser: Browser, films: engine.Database, payload: str) -> Any:
    text = json.dumps([{"title": "a", "rating": 1, f"${payload}": 1}])
    answer = browser.post(f"db/{films.id}/import", {"text": text, "collection": "films"})
    features.jobs.services.run(Job.objects.latest("created_at").pk)
    return browser.client.get(answer.headers["Location"])


def _key(browser: Browser, films: engine.Database, payload: str) -> Any:
    accounts.services.keys.create_key(browser.principal, name=payload)
    return browser.get("keys")


def _person(browser: Browser, films: engine.Database, payload: str) -> Any:
    accounts.services.people.update_profile(browser.principal.user_id, first_name=payload, last_name=payload)
    return browser.get("team")


def _team(browser: Browser, films: engine.Database, payload: str) -> Any:
    browser.post("team/new", {"name": payload})
    return browser.get("team")


def _description(browser: Browser, films: engine.Database, payload: str) -> Any:
    field = {"name": "note", "description": payload}
    catalog.services.creation.add_collections(
        browser.principal, films.id, collections=[{"name": "notes", "fields": [field]}]
    )
    return browser.get(f"db/{films.id}/c/notes/schema")


def _database_name(browser: Browser, films: engine.Database, payload: str) -> Any:
    return browser.post("new", {"name": payload, "begin": "empty"})


def _collection_name(browser: Browser, films: engine.Database, payload: str) -> Any:
    return browser.post(f"db/{films.id}/new", {"name": payload, "field-0-name": payload})


def _copy_name(browser: Browser, films: engine.Database, payload: str) -> Any:
    return browser.post(f"db/{films.id}/copy", {"name": payload})


def _file_name(browser: Browser, films: engine.Database, payload: str) -> Any:
    file = SimpleUploadedFile(f"{payload}.json", b'[{"alert": 1')
    return browser.post(f"db/{films.id}/import", {"file": file, "collection": payload})


def _mail(browser: Browser, films: engine.Database, payload: str) -> Any:
    email = f"{secrets.token_hex(4)}@alert.example.com"
    visitor = Browser()
    profile = {"email": email, "first_name": payload, "last_name": payload, "password": PASSWORD}
    visitor.post("register", profile)
    return visitor.get("registered")


PAGES: dict[str, Callable[[Browser, engine.Database, str], Any]] = {
    "the grid": _documents,
    "the panel": _panel,
    "the editor": _editor,
    "an error in the editor": _editor_error,
    "a value": _cell,
    "a row": _row,
    "a filter": _filter,
    "a broken filter": _broken_filter,
    "before deleting": _delete,
    "a time line": _history,
    "what was deleted": _deleted,
    "the console's grid": _console,
    "the console's JSON": _console_json,
    "an explanation": _explained,
    "a preview of an import": _preview,
    "the errors of an import": _job,
    "a key's name": _key,
    "a person's name": _person,
    "a team's name": _team,
    "a description": _description,
    "a database's name": _database_name,
    "a collection's name": _collection_name,
    "a copy's name": _copy_name,
    "a file's name": _file_name,
    "a mail on the screen": _mail,
}


@pytest.mark.parametrize("page_name", PAGES)
def test_stored_payloads_are_shown_as_text(
    anna: Browser,
    films: engine.Database,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    page_name: str,
) -> None:
    settings.SPOOL = tmp_path / "spool"
    monkeypatch.setattr("features.jobs.tasks.run_job.delay", lambda job_id: None)
    for payload in PAYLOADS:
        page = PAGES[page_name](anna, films, payload).content.decode()
        assert "alert" in page, payload
        for raw in ("<script>alert", "<img src=x", "<svg onload", "' autofocus onfocus='", 'href="javascript:'):
            assert raw not in page, payload
        assert " style=" not in page and " onclick=" not in page, payload
