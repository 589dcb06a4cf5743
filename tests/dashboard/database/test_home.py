"""New databases: the check of a file and the messages; visitors are redirected."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils.datastructures import MultiValueDict

import engine
from dashboard.database import home
from dashboard.database.database_forms import FILE_TYPES, NewDatabaseForm
from dashboard.database.home import HomeView, NewDatabaseView
from features.jobs.services import Status


def request_of(method: str, path: str) -> HttpRequest:
    request: Any = RequestFactory().generic(method, path)
    request.session = {}
    request._messages = CookieStorage(request)
    request._dont_enforce_csrf_checks = True
    return request


def messages_of(request: Any) -> list[tuple[str, str]]:
    return [(message.level_tag, message.message) for message in request._messages]


def view_for(request: HttpRequest) -> NewDatabaseView:
    view = NewDatabaseView()
    view.setup(request)
    return view


def form_of(template: str, content: bytes) -> NewDatabaseForm:
    files: Any = MultiValueDict({"file": [SimpleUploadedFile("films.json", content)]})
    form = NewDatabaseForm({"name": "films", "template": template}, files)
    assert form.is_valid()
    return form


def status_of(state: str) -> Status:
    return Status(
        job_id="j1",
        database_id="d1",
        task="import",
        state=state,
        dry_run=False,
        cancelled=False,
        at="",
        result={},
        collection="films",
        inserted_count=1234,
        percent=100.0,
        done=1,
        total=1,
        message="It is empty.",
        errors=[],
        kind="json",
        created_at=datetime(2026, 1, 31, tzinfo=UTC),
        finished_at=None,
    )


@pytest.mark.parametrize(
    ("view", "method", "path", "address"),
    [
        (HomeView, "GET", "/dashboard/?page=2", "/dashboard/login"),
        (NewDatabaseView, "GET", "/dashboard/new", "/dashboard/login?next=%2Fdashboard%2Fnew"),
        (NewDatabaseView, "POST", "/dashboard/new", "/dashboard/login"),
    ],
)
def test_a_visitor_is_redirected_to_sign_in(view: Any, method: str, path: str, address: str) -> None:
    response = view.as_view()(request_of(method, path))
    assert (response.status_code, response.headers["Location"]) == (302, address)


@pytest.mark.parametrize(
    ("template", "content"),
    [("file", b'[{"a": 1}]'), ("file", b'{"a": 1}\n{"a": 2}\n'), ("empty", b"no JSON"), ("sample", b"no JSON")],
)
def test_a_readable_file_or_an_unused_one_is_accepted(template: str, content: bytes) -> None:
    form = form_of(template, content)
    assert view_for(request_of("POST", "/dashboard/new"))._is_readable(form) is True
    assert form.errors == {}


def test_a_file_that_is_not_json_is_refused() -> None:
    form = form_of("file", b"a;b\n1;2\n")
    assert view_for(request_of("POST", "/dashboard/new"))._is_readable(form) is False
    (message,) = form.errors["file"]
    assert message.startswith("films.json cannot be read: ")
    assert message.endswith(f" Supported: {FILE_TYPES}.")


@pytest.mark.parametrize(("limit", "is_readable"), [(10, True), (9, False)])
def test_a_file_beyond_the_limit_is_refused(settings: Any, limit: int, is_readable: bool) -> None:
    settings.MAX_IMPORT_BYTES = limit
    form = form_of("file", b'[{"a": 1}]')
    assert view_for(request_of("POST", "/dashboard/new"))._is_readable(form) is is_readable
    message = f"The file is larger than {limit} bytes (MAX_IMPORT_BYTES)."
    refusal = {"file": [f"films.json cannot be read: {message} Supported: {FILE_TYPES}."]}
    assert form.errors == ({} if is_readable else refusal)


@pytest.mark.parametrize(
    ("state", "level", "text"),
    [
        ("done", "success", "Database created. 1,234 documents are in the collection films."),
        (
            "running",
            *("info", "The import of films.json continues. The collection appears when it is complete."),
        ),
    ],
)
def test_the_result_of_an_import_is_a_message(state: str, level: str, text: str) -> None:
    request = request_of("POST", "/dashboard/new")
    view_for(request)._report(status_of(state), "films.json")
    assert messages_of(request) == [(level, text)]


def test_a_failed_import_is_an_error() -> None:
    request = request_of("POST", "/dashboard/new")
    with pytest.raises(engine.Invalid) as caught:
        view_for(request)._report(status_of("failed"), "films.json")
    assert caught.value.message == "films.json was not imported: It is empty."
    assert messages_of(request) == []


def test_an_empty_database_needs_no_import() -> None:
    store: Any = None
    request = request_of("POST", "/dashboard/new")
    database = engine.Database(store, "d1", "cinema", "p1", "u1", engine.ALL_ACTIONS, {})
    assert view_for(request)._fill(database, {"template": "empty"}) is None
    assert messages_of(request) == [("success", "The database cinema is created.")]


def test_the_sample_has_sixty_documents_with_unique_codes() -> None:
    documents = json.loads(home.SAMPLE_FILE.read_text())
    assert len({document["code"] for document in documents}) == len(documents) == 60
