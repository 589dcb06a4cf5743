"""Schemas of OpenAPI 3.0, parameters and examples, generated from declared models."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

_PLACEHOLDERS: Mapping[str, Any] = {"string": "…", "integer": 1, "number": 1.5, "boolean": True, "object": {}}
_VALUES = frozenset({"default", "examples", "enum"})  # the keywords whose values are no schemas


class _Generator(GenerateJsonSchema):
    """Writes `nullable` and `enum` as OpenAPI 3.0 has them, and no titles."""

    ignored_warning_kinds = {"non-serializable-default", "skipped-choice"}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return {**self.generate_inner(schema["schema"]), "nullable": True}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        result = super().literal_schema(schema)
        if "const" in result:
            result["enum"] = [result.pop("const")]
        return result

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        """Keep the order of declaration, also in examples."""
        return value


def schema_of(model: Any) -> dict[str, Any]:
    """Return the schema of a request model or a response type, in one piece, with its examples."""
    schema = TypeAdapter(model).json_schema(schema_generator=_Generator)
    definitions = schema.pop("$defs", {})
    result: dict[str, Any] = _inlined(schema, definitions)
    return result


def query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Return the fields of a model as parameters of the query string."""
    schema = schema_of(model)
    return parameters_of(schema, location="query", names=schema["properties"])


def parameters_of(schema: dict[str, Any], *, location: str, names: Collection[str]) -> list[dict[str, Any]]:
    """Return these members of an object's schema as parameters of the query string or of headers."""
    required = schema.get("required", ())
    return [
        {
            "name": name,
            "in": location,
            "required": name in required,
            "schema": without_examples({key: item for key, item in member.items() if key != "description"}),
            "description": member.get("description", ""),
        }
        for name, member in schema["properties"].items()
        if name in names
    ]


def example_of(schema: Mapping[str, Any]) -> Any:
    """Return the example of a schema, composed of those of its required members and of members with examples."""
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [example_of(schema.get("items", {}))]
    if "properties" in schema:
        required = schema.get("required", ())
        return {
            name: example_of(member)
            for name, member in schema["properties"].items()
            if name in required or "examples" in member
        }
    return _PLACEHOLDERS.get(schema.get("type", ""))


def without_examples(schema: Any) -> Any:
    """Return a schema without `examples`, which OpenAPI 3.0 does not have."""
    if isinstance(schema, list):
        return [without_examples(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    is_schema = not isinstance(schema.get("examples"), dict)
    return {name: without_examples(item) for name, item in schema.items() if not (is_schema and name == "examples")}


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = definitions[schema["$ref"].rpartition("/")[2]]
        return _inlined({**target, **{name: item for name, item in schema.items() if name != "$ref"}}, definitions)
    return {
        name: _inlined_keyword(name, item, definitions)
        for name, item in schema.items()
        if name != "title" and not (name == "default" and item in (None, {}, [], ""))
    }


def _inlined_keyword(name: str, item: Any, definitions: Mapping[str, Any]) -> Any:
    """Return the value of a keyword; names of members and the contents of values are not keywords."""
    if name in _VALUES:
        return item
    if name == "properties":
        return {member: _inlined(schema, definitions) for member, schema in item.items()}
    return _inlined(item, definitions)
