"""The base class of the views: overridden methods, formats, errors, origins, and the paths of keys."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

import engine
from accounts.authentication import set_caller
from dialects.restdb.documents import formats
from dialects.restdb.views.base import RestView, _path_for_key, by_id, collection_request, database_of
from tests.dialects.restdb.callers import api_key, browser_key
from web.errors import NotAcceptable
from web.views import json_response

ORIGIN = "https://shop.example.com"
ID = "60c72b2f9b1d8b1a2d3e4567"


class SampleView(RestView):
    """A view that answers its method, or raises `error`."""

    http_method_names = ("get", "post", "put", "options")
    error: Exception | None = None
    format = "json"

    def authenticate(self, request: HttpRequest) -> Any:
        return None

    def get(self, request: HttpRequest, database: str) -> HttpResponse:
        if self.error:
            raise self.error
        vars(request)["response_format"] = (self.format, "people")
        return json_response([{"method": request.method}])

    post = put = get


def call(verb: str = "GET", *, view: type[RestView] = SampleView, query: str = "", **values: Any) -> HttpResponse:
    request = RequestFactory().generic(verb, f"/db/crm/rest/people{query}", headers=values.pop("headers", {}))
    response: Any = view.as_view(**values)(request, database="crm")
    return response


@pytest.mark.parametrize(
    ("verb", "override", "expected"),
    [
        ("POST", "", (200, "POST")),
        ("POST", "PUT", (200, "PUT")),
        ("POST", "put", (200, "PUT")),
        ("POST", "GET", (200, "POST")),
        ("POST", "OPTIONS", (200, "POST")),
        ("GET", "PUT", (200, "GET")),
        ("POST", "DELETE", (405, "GET, POST, PUT, OPTIONS")),
    ],
)
def test_a_post_may_stand_for_another_method(verb: str, override: str, expected: tuple[int, str]) -> None:
    response = call(verb, headers={"X-HTTP-Method-Override": override})
    text = response.headers.get("Allow") or json.loads(response.content)[0]["method"]
    assert (response.status_code, text) == expected


@pytest.mark.parametrize(
    ("format", "content", "kind"),
    [
        ("json", b'[{"method":"GET"}]', "application/json"),
        ("js", b'var people = [{"method": "GET"}];\n', "text/javascript; charset=utf-8"),
    ],
)
def test_an_answer_is_converted_to_the_requested_format(format: str, content: bytes, kind: str) -> None:
    response = call(format=format)
    assert (response.content, response.headers["Content-Type"]) == (content, kind)


@pytest.mark.parametrize(
    ("error", "name", "status"),
    [
        (engine.Conflict.of_field("email", "email must be unique."), "ValidationError", 400),
        (engine.Conflict("It exists."), "Conflict", 409),
        (engine.NotFound("Not found."), "NotFound", 404),
        (NotAcceptable("No."), "NotAcceptable", 406),
    ],
)
def test_errors_have_the_body_of_the_dialect_in_every_format(error: Exception, name: str, status: int) -> None:
    response = call(error=error, format="html")
    body = json.loads(response.content)
    assert (response.status_code, body["status"], body["name"]) == (status, status, name)
    assert [*body] == ["name", "message", "list", "status"]


@pytest.mark.parametrize("error", [None, engine.NotFound("Not found.")])
def test_an_answer_has_the_headers_of_its_origin(error: Exception | None) -> None:
    response = call(headers={"Origin": ORIGIN}, error=error)
    assert (response.headers["Vary"], response.headers["Access-Control-Allow-Origin"]) == ("Origin", ORIGIN)
    assert "Access-Control-Allow-Origin" not in call(error=error).headers


def test_a_preflight_names_the_methods_of_the_view() -> None:
    response = call("OPTIONS", headers={"Origin": ORIGIN})
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, OPTIONS"


def test_only_some_parameters_may_be_repeated() -> None:
    assert call(query="?sort=a&sort=b&dir=1&dir=1&groupby=a&groupby=b&aggregate=x&aggregate=y").status_code == 200
    body = json.loads(call(query="?q=1&q=2&max=1&max=2").content)
    assert [issue["field"] for issue in body["list"]] == ["q", "max"]


class PlainView(RestView):
    """A view with the dialect's authentication."""

    def get(self, request: HttpRequest, database: str) -> HttpResponse:
        return json_response([])


@pytest.mark.parametrize(
    ("query", "text"),
    [("", "Authentication credentials were not provided."), ("?apikey=x", "Invalid API Key.")],
)
def test_a_request_needs_valid_credentials(query: str, text: str) -> None:
    response = call(view=PlainView, query=query)
    assert response.status_code == 401
    expected = {"name": "Unauthorized", "message": text, "list": [], "status": 401}
    assert json.loads(response.content) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/db/crm/rest/people", "/people"),
        ("/db/crm/rest/people/", "/people"),
        ("/db/crm/rest/people.json", "/people"),
        ("/db/crm/rest/people.html/1/pets", "/people/1/pets"),
        ("/db/crm/rest/people/a.b", "/people/a.b"),
        ("/db/crm/rest/_jsapi.js", "/_jsapi.js"),
        ("/db/crm/rest/rest/1", "/rest/1"),
        ("/db/crm/media/1", "/media/1"),
        ("/db/crm/rest/", ""),
    ],
)
def test_the_path_that_the_patterns_of_a_key_match(path: str, expected: str) -> None:
    assert _path_for_key(path) == expected


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        *(("GET", f"people.{format}") for format in ("xml", "JSON", "json.html", "csv")),
        *(("POST", f"people.{format}") for format in ("html", "js")),
        ("PUT", "people?format=html"),
        ("GET", "people?format=xml"),
    ],
)
def test_an_unknown_format_is_not_acceptable(verb: str, path: str) -> None:
    request = RequestFactory().generic(verb, f"/db/crm/rest/{path}")
    with pytest.raises(NotAcceptable) as caught:
        collection_request(request, "crm", path.partition("?")[0])
    assert caught.value.message == "The formats are json, html, js, and for writes json."
    assert formats.FORMATS == ("json", "html", "js")


@pytest.mark.parametrize("principal", [api_key(), browser_key()])
@pytest.mark.parametrize("name", ["", "no name!", "a/b", " "])
def test_what_is_no_name_of_a_database_is_not_found(principal: Any, name: str) -> None:
    request = RequestFactory().get("/")
    set_caller(request, principal)
    with pytest.raises(engine.NotFound, match="Not found or access denied"):
        database_of(request, name)


def test_a_query_for_one_document() -> None:
    expected = engine.Query({"_id": ID}, limit=1, count=engine.Count.NONE, root="_id")
    assert by_id(ID) == expected


@pytest.mark.parametrize("text", ["", "*", ID[1:], f"{ID}0", "g" * 24])
def test_what_is_no_id_is_an_error_of_the_id(text: str) -> None:
    with pytest.raises(engine.Invalid) as caught:
        by_id(text)
    (issue,) = caught.value.errors
    assert (issue.field, issue.message, issue.code) == ("_id", "Must be an id of 24 hexadecimal digits.", "TYPE")
