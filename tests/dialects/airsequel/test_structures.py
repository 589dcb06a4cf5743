"""The structure of nested values, from a JSON Schema."""

from __future__ import annotations

from typing import Any

import pytest

from dialects.airsequel.structures import JSON_TEXT, Structure, structure_of

STRUCTURES: list[tuple[Any, Structure]] = [
    ({"type": "string"}, Structure("String")),
    ({"type": ["integer", "null"]}, Structure("Int")),
    ({"type": ["integer", "string"]}, JSON_TEXT),
    ({"type": "array", "items": {"type": "number"}}, Structure(item=Structure("Float"))),
    ({"type": "array"}, JSON_TEXT),
    ({"type": "array", "items": {"$ref": "#/x"}}, JSON_TEXT),
    ({"type": "object"}, JSON_TEXT),
    (
        {"type": "object", "properties": {"a": {"type": "boolean"}, "b": {}}},
        Structure(members=(("a", Structure("Boolean")), ("b", JSON_TEXT))),
    ),
    *((value, JSON_TEXT) for value in (None, True, {}, {"type": 5}, {"type": "object", "properties": []})),
]


@pytest.mark.parametrize(("schema", "structure"), STRUCTURES)
def test_structures(schema: Any, structure: Structure) -> None:
    assert structure_of(schema) == structure


def test_deep_values_are_text() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(9):
        schema = {"type": "object", "properties": {"a": schema}}
    structure, depth = structure_of(schema), 0
    while structure.members:
        structure, depth = structure.members[0][1], depth + 1
    assert (structure, depth) == (JSON_TEXT, 6)
