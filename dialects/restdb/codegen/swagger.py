"""Descriptions of a database and its collections, from their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

import engine
from dialects.restdb.operations.database import CollectionDescription, DatabaseDescription
from dialects.restdb.operations.lists import ListParameters
from dialects.restdb.system_fields import PARENT
from web.operations.schemas import query_parameters

# A schema without a type allows any value. What is not listed is text.
_SWAGGER: Mapping[str, Mapping[str, Any]] = {
    "number": {"type": "number"},
    "autonumber": {"type": "number"},
    "boolean": {"type": "boolean"},
    "object": {"type": "object"},
    "array": {"type": "array", "items": {}},
    "json": {},
    "null": {},
    "regex": {"type": "object"},
    "timestamp": {},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}
_TEXT = {"type": "string"}
_LINK = {"type": "array", "items": {"type": "object"}}


def database(handle: engine.Database, specs: Mapping[str, engine.CollectionSpec]) -> DatabaseDescription:
    """Return the description of these collections."""
    return {
        "_id": handle.id,
        "name": handle.name,
        "collections": [collection(specs[name]) for name in sorted(specs)],
    }


def collection(spec: engine.CollectionSpec) -> CollectionDescription:
    """Return the description of a collection: its declared fields by name."""
    fields = {
        field.name: {key: value for key, value in field.as_dict().items() if key != "name"}
        for field in spec.schema.visible_fields
    }
    return {"name": spec.name, "strict": spec.schema.strict, "fields": fields}


def swagger(handle: engine.Database, specs: Mapping[str, engine.CollectionSpec], *, name: str) -> dict[str, Any]:
    """Return a Swagger 2.0 document of these collections; `name` is the database as the caller named it."""
    address = urlsplit(settings.BASE_URL)
    paths: dict[str, Any] = {}
    for spec in specs.values():
        paths |= _paths(spec)
    return {
        "swagger": "2.0",
        "info": {"title": handle.name, "version": "1"},
        "host": address.netloc,
        "basePath": f"{address.path}/db/{quote(name)}/rest",
        "schemes": [address.scheme],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {"apikey": {"type": "apiKey", "in": "header", "name": "x-apikey"}},
        "security": [{"apikey": []}],
        "paths": paths,
        "definitions": {spec.name: _definition(spec) for spec in specs.values()},
    }


def _definition(spec: engine.CollectionSpec) -> dict[str, Any]:
    fields = [field.as_dict() for field in spec.schema.visible_fields]
    properties = {field["name"]: _property(field) for field in fields}
    required = [field["name"] for field in fields if field.get("required")]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _property(field: Mapping[str, Any]) -> dict[str, Any]:
    if field["type"] == "reference" and field["name"] not in PARENT:
        # As answers have it; a default would be the id that is stored.
        return _LINK | {key: field[key] for key in ("description",) if key in field}
    described: dict[str, Any] = dict(_SWAGGER.get(field["type"], _TEXT))
    return described | {key: field[key] for key in ("description", "enum", "default") if key in field}


def _paths(spec: engine.CollectionSpec) -> dict[str, Any]:
    one = {"$ref": f"#/definitions/{spec.name}"}
    body = {"name": "body", "in": "body", "required": True, "schema": one}
    by_id = {"name": "ID", "in": "path", "required": True, "type": "string"}
    query = [
        {"name": parameter["name"], "in": "query", "type": parameter["schema"].get("type", "integer")}
        for parameter in _list_parameters()
    ]
    many = {"type": "array", "items": one}
    deleted = {"type": "object"}
    return {
        f"/{spec.name}": {
            "get": _operation(spec, query, many),
            "post": _operation(spec, [body], one, status="201"),
        },
        f"/{spec.name}/{{ID}}": {
            "get": _operation(spec, [by_id], one),
            "put": _operation(spec, [by_id, body], one),
            "patch": _operation(spec, [by_id, body], one),
            "delete": _operation(spec, [by_id], deleted),
        },
    }


@cache
def _list_parameters() -> list[dict[str, Any]]:
    return query_parameters(ListParameters)


def _operation(
    spec: engine.CollectionSpec, parameters: list[Any], schema: Any, *, status: str = "200"
) -> dict[str, Any]:
    return {
        "tags": [spec.name],
        "parameters": parameters,
        "responses": {status: {"description": "Success", "schema": schema}},
    }
