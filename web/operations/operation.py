"""An operation of a surface, and its description in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from web.openapi import ERRORS, SECURITY, V2_TAG
from web.operations.models import RequestModel
from web.operations.schemas import example_of, parameters_of, query_parameters, schema_of, without_examples


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path. `responses` are the declared bodies of its successes, by status.

    `body` is a request model, a union of them or, where the body is a document, a type. `errors` are the statuses
    besides `ERRORS`; `parameters` are those of the path and of headers that no model declares, as OpenAPI has them.
    """

    path: str
    verb: str
    id: str
    tag: str
    summary: str
    description: str
    responses: Mapping[int, Any]
    query: type[RequestModel] | None = None
    body: Any = None
    parameters: Sequence[Mapping[str, Any]] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    media: str = "application/json"
    answer_media: str = "application/json"
    security: Sequence[Mapping[str, Sequence[str]]] = tuple(SECURITY)
    error_schema: str = "Error"
    has_error_pages: bool = False  # whether an error may be an HTML page as well

    def as_dict(self) -> dict[str, Any]:
        """Return the Operation Object of OpenAPI 3."""
        result: dict[str, Any] = {
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.description,
            "security": [*self.security],
            "parameters": [*self._query_parameters(), *self._header_parameters(), *self.parameters],
            "responses": {
                str(status): {"description": "Success", "content": {self.answer_media: _content(model)}}
                for status, model in self.responses.items()
            },
        }
        if self.body:
            content = _content(self.body, hidden=self._headers)
            result["requestBody"] = {"required": True, "content": {self.media: content}}
        error: dict[str, Any] = {
            "application/json": {"schema": {"$ref": f"#/components/schemas/{self.error_schema}"}}
        }
        if self.has_error_pages:
            error["text/html"] = {"schema": {"type": "string"}}
        for status, text in {**ERRORS, **self.errors}.items():
            result["responses"][status] = {"description": text, "content": error}
        return result

    def as_v2(self, **changes: Any) -> Self:
        """Return the /api/v2 variant of an /api operation: its path, id, tag and error body, and the changes."""
        path = self.path.replace("/api/", "/api/v2/", 1)
        values = {"path": path, "id": f"{self.id}_v2", "tag": V2_TAG, "error_schema": "V2Error", **changes}
        return replace(self, **values)

    @property
    def _headers(self) -> Sequence[str]:
        return getattr(self.body, "headers", ())

    def _query_parameters(self) -> list[dict[str, Any]]:
        return query_parameters(self.query) if self.query else []

    def _header_parameters(self) -> list[dict[str, Any]]:
        if not self._headers:
            return []
        return parameters_of(schema_of(self.body), location="header", names=self._headers)


def header(name: str, text: str) -> dict[str, Any]:
    """Return the parameter of an optional request header."""
    return {
        "name": name,
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": text,
    }


def _content(model: Any, *, hidden: Sequence[str] = ()) -> dict[str, Any]:
    schema = schema_of(model)
    for name in hidden:
        schema["properties"].pop(name)
    return {"schema": without_examples(schema), "example": example_of(schema)}
