"""The fast path: a plain view answers exactly as it does behind Django's handler."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import resolve

from datacube.wsgi import application as fast_path
from web.views import DocumentView

BOTH = [
    ("GET", "/api/crud", {}),
    ("GET", "/api/crud/?database_id=x", {}),
    ("POST", "/api/crud", {}),
    ("PATCH", "/api/crud", {}),
    ("HEAD", "/api/crud", {}),
    ("OPTIONS", "/api/crud", {}),
    ("GET", "/api/history?database_id=x", {"HTTP_AUTHORIZATION": "Api-Key nonsense"}),
    ("GET", "/api/crud", {"HTTP_AUTHORIZATION": "Basic eHg6eHg="}),
    ("DELETE", "/api/events", {"HTTP_X_REQUEST_ID": "abcdef-12345678"}),
]

pytestmark = pytest.mark.django_db


def environ(method: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    return RequestFactory().generic(method, path, **headers).environ


def call(application: Any, *request: Any) -> tuple[str, dict[str, str], bytes]:
    started: list[Any] = []
    answer = application(environ(*request), lambda *response: started.extend(response))
    body = b"".join(answer)
    return started[0], dict(started[1]), body


@pytest.mark.parametrize(("method", "path", "headers"), BOTH)
def test_both_paths_give_the_same_response(method: str, path: str, headers: dict[str, str]) -> None:
    before, behind = (call(application, method, path, headers) for application in (fast_path, fast_path.django))

    assert (before[0], before[2]) == (behind[0], behind[2])
    names = [answer[1].pop("X-Request-ID") for answer in (before, behind)]
    assert before[1] == behind[1]
    assert before[1]["X-Content-Type-Options"] == "nosniff"
    assert all(names)


@pytest.mark.parametrize("path", ["/api/list_databases", "/core/login", "/healthz", "/nowhere", "/api/größe"])
def test_what_is_no_plain_view_is_left_to_django(path: str) -> None:
    assert fast_path.respond(environ("GET", path, {})) is None


def test_both_paths_log_the_same_line(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    lines = []
    for application in (fast_path, fast_path.django):
        call(application, "GET", "/api/crud", {"HTTP_X_REQUEST_ID": "abcdef-12345678"})
        printed = capfdbinary.readouterr().out.splitlines()
        lines += [json.loads(line) for line in printed if b"abcdef-12345678" in line]
    assert len(lines) == 2
    for line in lines:
        assert line.pop("ms") >= 0
        assert line.pop("time")
    assert lines[0] == lines[1]
    assert lines[0]["route"].startswith("/api/")
    assert lines[0]["status"] == 401


def test_a_database_may_have_a_host_of_its_own(settings: Any) -> None:
    host = {"HTTP_HOST": "crm.data.example.com"}
    assert call(fast_path, "GET", "/rest/people", host)[0].startswith("404")
    settings.DATABASE_HOST = "data.example.com"
    status, _, body = call(fast_path, "GET", "/rest/people", host)
    assert (status[:3], json.loads(body)["name"]) == ("401", "Unauthorized")


def test_paths_of_documents_share_one_cache_entry() -> None:
    first, second, third = (digit * 24 for digit in "abc")
    of_a_document = [f"/db/crm/rest/people/{name}" for name in (first, second, third)]
    paths = [
        *of_a_document,
        "/db/crm/rest/places/" + first,
        "/db/crm/rest/people/_meta",
        "/db/crm/rest/people",
        f"/db/{first}/rest/{first}/{first}",
        f"/db/{first}/rest/{first}/{second}",
        f"/db/crm/rest/people/{first}/pets/{second}",
        f"/db/crm/rest/people/{first}/pets/{third}",
        f"/db/crm/rest/{first}",
        f"/db/crm/rest/{second}",
        f"/db/crm/media/{first}",
        f"/db/crm/media/{second}",
        f"/db/crm/rest/people/{first.upper()}",
    ]
    for _ in range(2):
        for path in paths:
            cached, resolved = fast_path._match(path), resolve(path)
            if not issubclass(resolved.func.view_class, DocumentView):
                assert cached is None, path
                continue
            assert (cached.func, cached.route, cached.kwargs) == (resolved.func, resolved.route, resolved.kwargs), (
                path
            )
    assert fast_path._match(of_a_document[0]).kwargs["id"] == first


def test_a_query_string_of_too_many_parameters_is_refused() -> None:
    query = "&".join(f"p{number}=1" for number in range(1_001))
    status, _, body = call(fast_path, "GET", f"/db/crm/rest/people?{query}", {})
    assert (status[:3], json.loads(body)["message"]) == ("413", "At most 1000 parameters at once.")
