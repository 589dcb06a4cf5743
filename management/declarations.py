"""Declares operations of the management API: serializers that read the request and describe it in OpenAPI."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from management.serializers.fields import RequestSerializer, parse
from web.openapi import ERRORS

TAG = "Management API"
Handler = Callable[..., Any]


class ControlSchema(AutoSchema):
    """Describes what all operations of a view share: tag, suffix of the id and errors. A DELETE may have a body."""

    def get_tags(self) -> list[str]:
        tag = getattr(self.view, "tag", None)
        return [tag] if tag else super().get_tags()

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        result = super().get_operation(*args, **kwargs)
        if result and (name := getattr(self.view, "error_schema", None)):
            content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
            result["operationId"] += self.view.operation_suffix
            result["responses"] |= {
                status: {"description": text, "content": content} for status, text in ERRORS.items()
            }
        return result

    def _get_request_body(self, direction: str = "request") -> Any:
        """Return the description of a body as POST has one: of a DELETE too, and with its required members."""
        method = self.method
        self.method = "POST" if method in ("PATCH", "DELETE") else method
        try:
            return super()._get_request_body(direction)
        finally:
            self.method = method


def operation(
    name: str,
    *,
    summary: str,
    description: str,
    answers: Mapping[Any, Any],
    query: type[RequestSerializer] | None = None,
    body: type[RequestSerializer] | None = None,
    parameters: Sequence[OpenApiParameter] = (),
) -> Callable[[Handler], Handler]:
    """Return a decorator of a view's method, which gets the values of the query or body as keyword arguments.

    `answers` are the response serializers by status, or by status and media type.
    """
    shape = query or body

    def decorate(method: Handler) -> Handler:
        @wraps(method)
        def handler(view: Any, request: Request, **kwargs: Any) -> Any:
            if shape:
                data = request.query_params if query else request.data
                kwargs |= parse(shape, data, request=request)
            return method(view, request, **kwargs)

        described: Any = handler
        described.schema = ControlSchema  # extend_schema derives from it
        return extend_schema(
            operation_id=name,
            summary=summary,
            description=description,
            parameters=[query, *parameters] if query else [*parameters],
            request=body,
            responses={
                status: answer if isinstance(answer, OpenApiResponse) else OpenApiResponse(answer, "Success")
                for status, answer in answers.items()
            },
        )(described)

    return decorate
