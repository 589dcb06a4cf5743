"""Operations of the management API: one declaration reads the request and describes it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from management.declarations import operation, variant
from management.serializers.fields import DatabaseQuery, Declared, Text
from management.serializers.responses import SuccessResponse, example
from management.views.base import ManagementView
from web.openapi import ERRORS
from web.operations.types import Flag


@example({"database_id": "a", "sure": True})
class SampleRequest(DatabaseQuery):
    sure = Declared(Flag)


class SampleQuery(DatabaseQuery):
    more = Text(default="", one_of=("a", "b"), help_text="More of it.")


class OpenView(ManagementView):
    authentication_classes = ()
    permission_classes = ()


class SampleView(OpenView):
    @operation("read", summary="R", description="Reads.", query=DatabaseQuery, answers={200: SuccessResponse})
    def get(self, request: Request, **values: Any) -> Response:
        return Response(values)

    @operation("drop", summary="D", description="Drops.", body=SampleRequest, answers={202: SuccessResponse})
    def delete(self, request: Request, **values: Any) -> Response:
        return Response(values)


class OtherView(OpenView):
    tag = "Other"
    error_schema = "OtherError"
    operation_suffix = "_other"

    @variant(SampleView.get, query=SampleQuery, answers={200: SampleRequest})
    def get(self, request: Request, **values: Any) -> Response:
        return Response(values)


class NamedView(OpenView):
    @operation(
        "named",
        summary="N",
        description="Names.",
        parameters=[OpenApiParameter("name", str, OpenApiParameter.PATH)],
        answers={200: SuccessResponse},
    )
    def get(self, request: Request, name: str) -> Response:
        return Response({"name": name})


URLS = [
    path("sample", SampleView.as_view()),
    path("other", OtherView.as_view()),
    path("<str:name>", NamedView.as_view()),
]


@pytest.fixture(scope="module")
def paths() -> dict[str, Any]:
    return SchemaGenerator(patterns=URLS).get_schema(request=None, public=True)["paths"]


def test_methods_get_the_values() -> None:
    view, requests = SampleView.as_view(), APIRequestFactory()
    assert view(requests.get("/", {"database_id": "x", "other": "y"})).data == {"database_id": "x"}
    body = {"database_id": "x", "sure": True}
    assert view(requests.delete("/", body, format="json")).data == body
    refused = view(requests.delete("/", {"sure": 1}, format="json"))
    assert (refused.status_code, [error["field"] for error in refused.data["errors"]]) == (
        400,
        ["database_id", "sure"],
    )
    assert OtherView.as_view()(requests.get("/", {"database_id": "x"})).data == {"database_id": "x", "more": ""}
    assert NamedView.as_view()(requests.get("/"), name="n").data == {"name": "n"}


def test_a_delete_is_described_with_its_body(paths: dict[str, Any]) -> None:
    body = paths["/sample"]["delete"]["requestBody"]
    assert (body["required"], list(body["content"])) == (True, ["application/json"])
    assert body["content"]["application/json"]["schema"]["$ref"].endswith("/SampleRequest")
    assert list(paths["/sample"]["delete"]["responses"]) == ["202", *ERRORS]


def test_a_variant_differs_in_what_it_says(paths: dict[str, Any]) -> None:
    read, other = paths["/sample"]["get"], paths["/other"]["get"]
    assert (other["operationId"], other["tags"], other["description"]) == ("read_other", ["Other"], "Reads.")
    assert [item["name"] for item in read["parameters"]] == ["database_id"]
    assert {item["name"]: item.get("required", False) for item in other["parameters"]} == {
        "database_id": True,
        "more": False,
    }
    error = other["responses"]["404"]["content"]["application/json"]["schema"]
    assert error == {"$ref": "#/components/schemas/OtherError"}
    assert paths["/{name}"]["get"]["parameters"][0]["in"] == "path"
