"""What the serializers of the management API share: fields whose messages name the member, and base classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from pydantic import create_model
from rest_framework import serializers
from rest_framework.fields import SkipField, empty

import engine
from web.errors import field_errors
from web.operations import RequestModel
from web.operations.schemas import schema_of
from web.requests.body import SAFEGUARDS


class Text(serializers.CharField):
    """String without NUL. `missing` replaces the message for an absent one; `one_of` only describes it."""

    def __init__(self, *, missing: str = "", one_of: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(allow_blank=not kwargs.get("required", "default" not in kwargs), **kwargs)
        self.missing, self.one_of = missing, one_of

    def run_validation(self, data: Any = empty) -> str:
        if data is empty or data is None or data == "":
            if self.required:
                raise serializers.ValidationError([self.missing or f"{self.field_name} is required"])
            return "" if self.default is empty else self.default or ""
        if type(data) is not str or "\0" in data:
            raise serializers.ValidationError([f"{self.field_name} must be a string without NUL"])
        return data


class Choice(Text):
    """One of some words; absent and empty, it is the default."""

    def run_validation(self, data: Any = empty) -> str:
        value = super().run_validation(data)
        if value and value not in self.one_of:
            raise serializers.ValidationError([f"{self.field_name} must be one of {', '.join(self.one_of)}"])
        return value


class Passed(serializers.Field):
    """Member that the called service checks, since other surfaces call it too; `described` describes it here."""

    def __init__(self, described: serializers.Field, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.described = described

    def run_validation(self, data: Any = empty) -> Any:
        if data is empty:
            raise SkipField
        return data


class DescribePassed(OpenApiSerializerFieldExtension):
    """Describes a `Passed` member by the field that it was given."""

    target_class = Passed

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        schema = auto_schema._map_serializer_field(self.target.described, direction)
        auto_schema._insert_field_validators(self.target.described, schema)
        return schema


class DescribeText(OpenApiSerializerFieldExtension):
    """Describes a `Text` with the values that it may have."""

    target_class = Text
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {"type": "string"} | ({"enum": [*self.target.one_of]} if self.target.one_of else {})


class Declared(serializers.Field):
    """Member that is read and described as a type of `web.operations.types`; `absent` is read if it is absent."""

    def __init__(self, declared: Any, *, absent: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.declared, self.absent = declared, absent

    def bind(self, field_name: str, parent: Any) -> None:
        super().bind(field_name, parent)
        member: Any = {field_name: (self.declared, ...)}
        self.model = create_model("DeclaredMember", __base__=RequestModel, **member)

    def run_validation(self, data: Any = empty) -> Any:
        if data is empty and self.default is not empty:
            return self.default
        name = self.field_name or ""
        try:
            return getattr(self.model.parse({name: self.absent if data is empty else data}), name)
        except engine.Invalid as error:
            detail: dict[str, list[str]] = {}
            for item in error.errors:
                path = item.field.removeprefix(name).removeprefix(".")
                detail.setdefault(path or "non_field_errors", []).append(item.message)
            raise serializers.ValidationError(detail) from error


class DescribeDeclared(OpenApiSerializerFieldExtension):
    """Describes a `Declared` member by its type."""

    target_class = Declared

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return schema_of(self.target.declared)


@extend_schema_field(OpenApiTypes.BINARY)
class UploadField(serializers.FileField):
    """The one uploaded file of a form; `parse` gives the list of those under its name."""

    def run_validation(self, data: Any = empty) -> Any:
        files = data if type(data) is list else []
        if len(files) != 1:
            text = "Send one file at a time." if files else f"{self.field_name} is required"
            raise serializers.ValidationError([text])
        return files[0]


def with_members(**members: serializers.Field) -> Any:
    """Return a class decorator that adds members whose names are attributes of serializers, such as `data`."""

    def decorate(shape: Any) -> Any:
        shape._declared_fields |= members
        return shape

    return decorate


class RequestSerializer(serializers.Serializer):
    """A body or query string. An undeclared safeguard is an error, with `rejects_unknown` any undeclared member."""

    rejects_unknown = False

    def to_internal_value(self, data: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        errors: Any = {}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            errors = error.detail
        refused = {*data} if self.rejects_unknown else {*data} & {*SAFEGUARDS}
        errors |= {name: [f"Unknown parameter {name}."] for name in sorted(refused - {*self.fields})}
        if errors:
            raise serializers.ValidationError(errors)
        return values

    @classmethod
    def message_of(cls, errors: Sequence[engine.FieldError]) -> str:
        """Return the message of the response: that of the only error, else a general one."""
        return errors[0].message if len(errors) == 1 else "The request is not valid."


@cache
def _reader(shape: type[RequestSerializer]) -> RequestSerializer:
    """Return a serializer that all requests share, as copying its fields would take most of the time."""
    return shape()


def parse(
    shape: type[RequestSerializer], data: Mapping[str, Any], *, files: MultiValueDict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the values of a query string, or of a body and its files. Raises `Invalid` with all errors."""
    values = data.dict() if isinstance(data, QueryDict) else data
    try:
        return _reader(shape).run_validation({**values, **dict(files.lists())} if files else values)
    except serializers.ValidationError as error:
        errors = field_errors(error.detail)
        raise engine.Invalid(shape.message_of(errors), errors=errors) from error


class DatabaseQuery(RequestSerializer):
    database_id = Text(help_text="The id that create_database returned.")
