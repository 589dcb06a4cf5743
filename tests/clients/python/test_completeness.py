"""The client is complete: a method sends each operation of the API, with each of its parameters and members."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import datacube_client
from datacube_client.clients import AsyncDatabase, AsyncDataCube, Collection, Database, DataCube
from datacube_client.core.effects import Request, Send
from datacube_client.core.operation import Resource, iteration, operation
from datacube_client.resources.people.keys import KeyChanges
from tests.surfaces import openapi

# The tags of DataCube's own API. Of the REST dialect it has the files alone.
TAGS = {"Authentication API", "Management API", "Data API", "History API", "Events API"}
EXCEPTIONS = {
    "POST /core/auth/token/refresh": "the same as POST /core/token/refresh, for clients of /api/v2",
    "GET /core/api/v1/keys": "GET /api/keys in the shape that the published dashboard reads",
    "POST /core/api/v1/keys": "POST /api/keys in that shape",
    "DELETE /core/api/v1/keys/{key_id}": "DELETE /api/keys/{key_id} in that shape",
    "PATCH /core/api/v1/keys/{key_id}": "PATCH /api/keys/{key_id} in that shape",
    "POST /core/api/v1/keys/{key_id}/rotate": "POST /api/keys/{key_id}/rotate in that shape",
    "GET /core/api/v1/dashboard/stats": "GET /api/stats and GET /api/list_databases in that shape",
    "GET /core/api/v1/database/{database_id}": "GET /api/get_metadata in that shape",
}
# Parameters that no method sends.
UNUSED = {
    "DELETE /api/crud": {"soft_delete": "is ignored by the service"},
    "POST /api/sql": {"sql": "another name of `query`"},
    "GET /db/{database}/media/{file}": {"download": "is for browsers"},
}
# Operations that a service may lack whose client has them.
OPTIONAL = {"GET /api/audit"}
# What one argument stands for, where that is not one member.
PROPERTIES = {"strict": True, "json_schema": {}, "history": True, "title_field": "name"}
SAMPLES: dict[str, Any] = {
    "documents": [{"a": 1}],
    "files": {"name": b"content"},
    "file": b"[]",
    "document": {"_id": "1" * 24, "_sys": {"version": 1}},
    "properties": PROPERTIES,
    "changes": dict.fromkeys(KeyChanges.__annotations__),
    "download_url": "http://unused/api/backups/download/backup?signature=text",
    "if_match": '"tag"',
}


class Recorder:
    """A driver that returns the first request of a flow instead of sending it."""

    session = datacube_client.clients.Session(
        datacube_client.clients.Credentials(refresh="a token"), datacube_client.Retries()
    )

    def run(self, flow: Any) -> Request:
        effect = next(flow)
        flow.close()
        assert isinstance(effect, Send)
        return effect.request

    iterate = run


def _resources() -> Iterator[Any]:
    recorder: Any = Recorder()
    database = Database(recorder, "1" * 24)
    for top in (DataCube("http://unused"), database, database.collection("people")):
        for resource in _with_parts(top):
            resource._driver = recorder
            yield resource


def _with_parts(resource: Resource) -> Iterator[Resource]:
    """Yield a resource and those that it has as attributes, such as `keys` of a client."""
    yield resource
    for part in vars(resource).values():
        if isinstance(part, Resource):
            yield from _with_parts(part)


def _operations(resource: Resource) -> Iterator[str]:
    for name in dir(type(resource)):
        if isinstance(inspect.getattr_static(type(resource), name), operation | iteration):
            yield name


def _arguments(method: Any) -> dict[str, Any]:
    names = list(inspect.signature(method).parameters)[1:]  # without self
    return {name: SAMPLES.get(name, "text") for name in names if name not in ("progress", "patience")}


@cache
def sent() -> dict[str, set[str]]:
    """Return {route: names of the parameters, headers and members that methods send}."""
    names: dict[str, set[str]] = defaultdict(set)
    for resource in _resources():
        for name in _operations(resource):
            request = getattr(resource, name)(**_arguments(getattr(type(resource), name).build))
            names[request.route] |= _names(request)
    return names


def _names(request: Request) -> set[str]:
    parts = [request.arguments.get(kind, {}) for kind in ("params", "json", "data")]
    files = {name for name, _ in request.arguments.get("files", ())}
    return files.union(request.headers, *parts)


def _described(route: str) -> dict[str, Any]:
    verb, path = route.split()
    return openapi()["paths"][path][verb.lower()]


def _own_routes() -> list[str]:
    return sorted(
        f"{verb.upper()} {path}"
        for path, verbs in openapi()["paths"].items()
        for verb, description in verbs.items()
        if TAGS & set(description["tags"]) or path.startswith("/db/{database}/media")
    )


def _members(schema: dict[str, Any]) -> set[str]:
    """Return the names of the properties of a schema, also of its parts."""
    while "$ref" in schema:
        schema = openapi()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    parts = [part for kind in ("allOf", "anyOf", "oneOf") for part in schema.get(kind, ())]
    return set(schema.get("properties", ())).union(*map(_members, parts))


def _declared(route: str) -> set[str]:
    description = _described(route)
    parameters = {item["name"] for item in description.get("parameters", ()) if item["in"] != "path"}
    bodies = description.get("requestBody", {}).get("content", {}).values()
    return parameters.union(*(_members(body["schema"]) for body in bodies))


ROUTES = [route for route in _own_routes() if route not in EXCEPTIONS]


def test_the_exceptions_are_routes_of_the_api() -> None:
    assert set(EXCEPTIONS) <= set(_own_routes())
    assert not set(EXCEPTIONS) & set(sent())


def test_the_client_sends_no_other_operation() -> None:
    assert set(sent()) - set(ROUTES) <= OPTIONAL


@pytest.mark.parametrize("route", ROUTES)
def test_a_method_sends_each_operation_with_each_of_its_members(route: str) -> None:
    assert route in sent()
    assert _declared(route) - sent()[route] == set(UNUSED.get(route, ()))


@pytest.mark.parametrize("route", ROUTES)
def test_no_method_sends_an_unknown_member(route: str) -> None:
    assert sent()[route] - _declared(route) - {"Accept", "Content-Type"} == set()


def test_both_clients_have_the_same_methods() -> None:
    pairs = [(DataCube, AsyncDataCube), (Database, AsyncDatabase), (Collection, datacube_client.AsyncCollection)]
    for one, other in pairs:
        assert {name for name in dir(one) if name[0] != "_"} == {name for name in dir(other) if name[0] != "_"}


def test_the_client_imports_nothing_of_the_service() -> None:
    folder = Path(datacube_client.__file__).parent
    lines = [line for path in folder.rglob("*.py") for line in path.read_text().splitlines()]
    imported = {line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))}
    service = {"accounts", "catalog", "dataapi", "datacube", "engine", "features", "management", "web", "django"}
    assert imported & service == set()
    assert "httpx" in imported
