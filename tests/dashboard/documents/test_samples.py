"""Sample documents of every type."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from dashboard.console import snippets
from dashboard.documents import samples
from engine.schema import TYPES, parse_schema

LIMITS = engine.Limits()


def schema_of(*fields: dict[str, Any]) -> engine.Schema:
    schema, errors = parse_schema([*fields], limits=LIMITS)
    assert errors == []
    return schema


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_a_value_of_every_type_is_accepted(kind: str) -> None:
    properties: dict[str, Any] = {"enum": {"enum": ["a", "b"]}, "reference": {"collection": "films"}}.get(kind, {})
    required = {} if kind in ("null", "autonumber") else {"required": True}
    schema = schema_of({"name": "x", "type": kind, **properties, **required})
    sample = samples.document(schema)
    assert sample.keys() == (set() if kind == "autonumber" else {"x"})
    schema.coerce([sample], limits=LIMITS)


def test_required_fields_are_taken_before_others() -> None:
    fields = [{"name": "a"}, {"name": "b", "required": True, "type": "number", "default": 7}]
    assert samples.document(schema_of(*fields)) == {"b": 7}
    assert samples.document(schema_of(*({"name": str(number)} for number in range(9)))).keys() == set("01234")
    assert samples.document(engine.Schema()) == {}


def test_the_insert_snippets_have_the_sample_in_their_own_syntax() -> None:
    sample = {"name": "O'Neill", "open": True, "none": None}
    snippets_ = snippets.for_database(url="http://x", database_id="d", collection="c", key="k", sample=sample)
    code = {item["id"]: item["code"] for item in snippets_}
    assert """[{"name": "O'\\''Neill", "open": true, "none": null}]""" in code["insert-curl"]
    assert """[{'name': "O'Neill", 'open': True, 'none': None}]""" in code["insert-python"]
    assert """[{"name": "O'Neill", "open": true, "none": null}]""" in code["insert-javascript"]
