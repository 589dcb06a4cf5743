"""Builds OpenAPI operations for views that drf-spectacular cannot describe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils.module_loading import module_has_submodule
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from engine.lazy import made_once

ERRORS: Mapping[str, str] = {
    "400": "The request is not valid; `errors` lists every error.",
    "401": "The credentials are missing or wrong.",
    "403": "The key or the role does not allow this.",
    "404": "It does not exist, or you have no access to it.",
    "409": "It conflicts with stored data.",
    "413": "A limit is exceeded; the message names the limit.",
    "429": "Too many requests; `Retry-After` is the number of seconds to wait.",
    "503": "A part of the service is unavailable.",
}
ERROR_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["success", "message", "errors"],
    "properties": {
        "success": {"type": "boolean", "enum": [False]},
        "message": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "index": {"type": "integer"},
                },
            },
        },
    },
}
V2_ERROR_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["success", "error", "detail"],
    "properties": {
        "success": {"type": "boolean", "enum": [False]},
        "error": {"type": "string"},
        "detail": {"oneOf": [{"type": "string"}, {"type": "object"}]},
    },
}
TEXT: Mapping[str, Any] = {"type": "string"}
V2_TAG = "Second Generation API"
SECURITY: Sequence[Mapping[str, Sequence[str]]] = ({"Bearer": []}, {"Api-Key": []})


@dataclass(frozen=True)
class Operation:
    """An operation: one method of one path. `body` and the values of `answers` are (JSON schema, example) pairs.

    `errors` are the statuses besides `ERRORS`; `other_media` are media types of a 200 besides `answer_media`.
    """

    path: str
    verb: str
    id: str
    tag: str
    summary: str
    description: str
    answers: Mapping[str, tuple[Mapping[str, Any], Any]]
    query: Sequence[tuple[str, Mapping[str, Any], bool, str]] = ()
    body: tuple[Mapping[str, Any], Any] | None = None
    media: str = "application/json"
    answer_media: str = "application/json"
    parameters: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    errors: Mapping[str, str] = field(default_factory=dict)
    security: Sequence[Mapping[str, Sequence[str]]] = SECURITY
    error_schema: str = "Error"
    other_media: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the Operation Object of OpenAPI 3."""
        result: dict[str, Any] = {
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.description,
            "security": [*self.security],
            "parameters": [*map(_query_parameter, self.query), *self.parameters],
            "responses": {status: _response(*answer, self.answer_media) for status, answer in self.answers.items()},
        }
        for media in self.other_media:
            result["responses"]["200"]["content"][media] = {"schema": TEXT}
        if self.body:
            content = {"schema": self.body[0], "example": self.body[1]}
            result["requestBody"] = {"required": True, "content": {self.media: content}}
        for status, text in {**ERRORS, **self.errors}.items():
            schema = {"$ref": f"#/components/schemas/{self.error_schema}"}
            result["responses"][status] = {
                "description": text,
                "content": {"application/json": {"schema": schema}},
            }
        return result


def members(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the schema of an object with these members."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def listing(items: Mapping[str, Any], *, min_items: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": min_items}


def add(document: dict[str, Any], operations: Sequence[Operation]) -> dict[str, Any]:
    """Insert the operations into the document, before its existing paths, and return it."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("Error", ERROR_SCHEMA)
    schemas.setdefault("V2Error", V2_ERROR_SCHEMA)
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.verb] = operation.as_dict()
    document["paths"] = paths | document["paths"]
    return document


def add_declared(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what each installed app declares in `operations`: OPERATIONS, COMPONENTS (drf-spectacular hook)."""
    for app in apps.get_app_configs():
        if not module_has_submodule(app.module, "operations"):
            continue
        declared = import_module(f"{app.name}.operations")
        for kind, components in getattr(declared, "COMPONENTS", {}).items():
            result.setdefault("components", {}).setdefault(kind, {}).update(components)
        add(result, getattr(declared, "OPERATIONS", ()))
    return result


def without_slashes(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Remove trailing slashes from the documented paths, as they are optional (drf-spectacular hook)."""
    result["paths"] = {path.rstrip("/"): verbs for path, verbs in result["paths"].items()}
    return result


def header(name: str, text: str) -> dict[str, Any]:
    """Return the parameter of an optional request header."""
    return {"name": name, "in": "header", "required": False, "schema": TEXT, "description": text}


def _query_parameter(item: tuple[str, Mapping[str, Any], bool, str]) -> dict[str, Any]:
    name, schema, required, text = item
    return {"name": name, "in": "query", "required": required, "schema": schema, "description": text}


def _response(schema: Mapping[str, Any], example: Any, media: str) -> dict[str, Any]:
    return {
        "description": "Success",
        "content": {media: {"schema": schema, "example": example}},
    }


@made_once
def openapi_document() -> Mapping[str, Any]:
    """Return the OpenAPI document of all surfaces. Built once: drf-spectacular is not thread-safe."""
    build: Callable[..., Mapping[str, Any]] = SpectacularJSONAPIView.generator_class().get_schema
    return build(request=None, public=True)


class SchemaView(SpectacularJSONAPIView):
    """View of `/api/schema`."""

    def _get_schema_response(self, request: Request) -> Response:
        return Response(openapi_document(), headers={"Content-Disposition": 'inline; filename="DataCube API.json"'})
