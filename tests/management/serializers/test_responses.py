"""Serializers of responses, made from examples."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from management.declarations import operation
from management.serializers.responses import response
from management.views.base import ManagementView

EXAMPLE = {
    "success": True,
    "count": 3,
    "share": 0.5,
    "name": "a",
    "at": "2026-11-20T10:00:00Z",
    "nothing": None,
    "items": [{"id": "x", "tags": ["a"]}],
    "empty": [],
    "state": "done",
}
SampleResponse = response(
    "SampleResponse", EXAMPLE, state=serializers.ChoiceField(["done"]), more=serializers.DictField(required=False)
)


class ExampleView(ManagementView):
    @operation("show", summary="S", description="Shows.", answers={200: SampleResponse})
    def get(self, request: Request) -> Response:
        return Response(EXAMPLE)


def described() -> tuple[dict[str, Any], dict[str, Any]]:
    document = SchemaGenerator(patterns=[path("x", ExampleView.as_view())]).get_schema(request=None, public=True)
    content = document["paths"]["/x"]["get"]["responses"]["200"]["content"]["application/json"]
    return content, document["components"]["schemas"]


def test_an_example_tells_the_types() -> None:
    content, schemas = described()
    properties = schemas["SampleResponse"]["properties"]
    assert {name: schema.get("type") for name, schema in properties.items()} == {
        "success": "boolean",
        "count": "integer",
        "share": "number",
        "name": "string",
        "at": "string",
        "nothing": None,
        "items": "array",
        "empty": "array",
        "state": "string",
        "more": "object",
    }
    assert properties["success"]["enum"] == [True]
    assert properties["at"]["format"] == "date-time"
    assert properties["state"]["enum"] == ["done"]
    assert schemas["SampleResponseItems"]["required"] == ["id", "tags"]
    assert set(schemas["SampleResponse"]["required"]) == {*EXAMPLE}
    assert [item["value"] for item in content["examples"].values()] == [EXAMPLE]
