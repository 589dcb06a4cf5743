"""Declares operations of the management API: serializers that read the request and describe it in OpenAPI."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from management.serializers.fields import RequestSerializer, parse
from web.openapi import ERRORS

TAG = "Management API"
Handler = Callable[..., Any]
Shape = type[RequestSerializer] | None


class ControlSchema(AutoSchema):
    """Describes what all operations of a view share: tag, suffix of the id and errors. A DELETE may have a body."""

    view: Any

    def get_tags(self) -> list[str]:
        return [self.view.tag]

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        result: Any = super().get_operation(*args, **kwargs)
        body = self.view.error_schema
        schema = {"$ref": f"#/components/schemas/{body}"} if isinstance(body, str) else self._ref(body)
        content = {"application/json": {"schema": schema}}
        result["operationId"] += self.view.operation_suffix
        result["responses"] |= {
            status: {"description": text, "content": content} for status, text in ERRORS.items()
        }
        return result

    def _ref(self, body: Any) -> Any:
        return self.resolve_serializer(body, "response").ref

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
    query: Shape = None,
    body: Shape = None,
    parameters: Sequence[OpenApiParameter] = (),
    content: Mapping[str, Any] | None = None,
) -> Callable[[Handler], Handler]:
    """Return a decorator of a view's method, which gets the values of the query or body as keyword arguments.

    `answers` are the response serializers by status, or by status and media type. `content` describes, by media
    type, a body that the method reads itself.
    """
    texts: dict[str, Any] = {"operation_id": name, "summary": summary, "description": description}
    if content:
        texts["request"] = content
    return _declare(ControlSchema, answers, query=query, body=body, parameters=parameters, **texts)


def variant(of: Any, *, answers: Mapping[Any, Any], query: Shape = None) -> Callable[[Handler], Handler]:
    """Return the decorator of an operation that differs from the operation `of` in its answers and its query."""
    return _declare(of.kwargs["schema"], answers, query=query or of.query, body=of.body)


def _declare(
    base: type[AutoSchema],
    answers: Mapping[Any, Any],
    *,
    query: Shape,
    body: Shape,
    parameters: Sequence[OpenApiParameter] = (),
    **texts: Any,
) -> Callable[[Handler], Handler]:
    responses = {
        status: answer if isinstance(answer, OpenApiResponse) else OpenApiResponse(answer, "Success")
        for status, answer in answers.items()
    }

    def decorate(method: Handler) -> Handler:
        @wraps(method)
        def handler(view: Any, request: Any, **kwargs: Any) -> Any:
            if query:
                kwargs |= parse(query, request.query_params)
            if body:
                kwargs |= parse(body, request.data, files=request.FILES)
            return method(view, request, **kwargs)

        declared: Any = handler
        declared.schema, declared.query, declared.body = base, query, body  # extend_schema derives from `schema`
        described: list[Any] = [query, *parameters] if query else [*parameters]
        request = texts.pop("request", body)
        return extend_schema(parameters=described, request=request, responses=responses, **texts)(declared)

    return decorate
