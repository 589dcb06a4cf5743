"""Serializers of responses, made from their examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

ID = "60c72b2f9b1d8b1a2d3e4567"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@extend_schema_field({"type": "boolean", "enum": [True]})
class SuccessField(serializers.BooleanField):
    """The member that every successful response of this API has."""


def example(value: Any, *, media: str = "application/json") -> Any:
    """Return a class decorator that gives a serializer its example, for every status."""
    statuses = ["200", "201", "202"]
    return extend_schema_serializer(
        examples=[OpenApiExample("Example", value=value, media_type=media, status_codes=statuses)]
    )


def response(
    name: str, value: Mapping[str, Any], **members: serializers.Field[Any, Any, Any, Any]
) -> type[serializers.Serializer[Any]]:
    """Return the serializer of a response from its example; `members` are what the example does not show."""
    fields = {key: _field_of(f"{name}{key.title()}", item) for key, item in value.items() if key not in members}
    if "success" in fields:
        fields["success"] = SuccessField()
    shape = type(name, (serializers.Serializer,), {key: fields.get(key) for key in value} | fields | members)
    return example(value)(shape)


def _field_of(name: str, value: Any) -> serializers.Field[Any, Any, Any, Any]:
    """Return the field that describes values like this one; `name` is for the objects in it."""
    match value:
        case bool():
            return serializers.BooleanField()
        case int():
            return serializers.IntegerField(min_value=0)
        case float():
            return serializers.FloatField()
        case str():
            return serializers.DateTimeField() if _TIME.match(value) else serializers.CharField()
        case dict():
            return response(name, value)()
        case [dict() as first, *_]:
            return response(name, first)(many=True)
        case [first, *_]:
            return serializers.ListField(child=_field_of(name, first))
        case []:
            return serializers.ListField()
    return serializers.JSONField(allow_null=True)


SuccessResponse = response("SuccessResponse", {"success": True})
