"""The OpenAPI document of all surfaces; declared operations are added to what drf-spectacular describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

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
V2_TAG = "Second Generation API"
SECURITY: Sequence[Mapping[str, Sequence[str]]] = ({"Bearer": []}, {"Api-Key": []})


class Described(Protocol):
    """An operation that can describe itself, such as `web.operations.Operation`."""

    @property
    def path(self) -> str: ...

    @property
    def verb(self) -> str: ...

    def as_dict(self) -> dict[str, Any]:
        """Return the Operation Object of OpenAPI 3."""
        ...


def add(document: dict[str, Any], operations: Sequence[Described]) -> dict[str, Any]:
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


@made_once
def openapi_document() -> Mapping[str, Any]:
    """Return the OpenAPI document of all surfaces. Built once: drf-spectacular is not thread-safe."""
    build: Callable[..., Mapping[str, Any]] = SpectacularJSONAPIView.generator_class().get_schema
    return build(request=None, public=True)


class SchemaView(SpectacularJSONAPIView):
    """View of `/api/schema`."""

    def _get_schema_response(self, request: Request) -> Response:
        return Response(openapi_document(), headers={"Content-Disposition": 'inline; filename="DataCube API.json"'})
