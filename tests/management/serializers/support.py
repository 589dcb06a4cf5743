"""What the tests of the serializers share: the errors of a request, and the examples of responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest

import engine
from management.serializers.fields import RequestSerializer, parse

DATABASE = "60c72b2f9b1d8b1a2d3e4567"


def errors_of(shape: type[RequestSerializer], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the fields and messages that are reported for these members."""
    with pytest.raises(engine.Invalid) as refused:
        parse(shape, values)
    return [(error.field, error.message) for error in refused.value.errors]


def example_of(shape: Any) -> Any:
    """Return the example that a request or a response is described with."""
    (example,) = shape._spectacular_annotation["examples"]
    return example.value


def responses_of(module: ModuleType) -> dict[str, Any]:
    """Return the responses that a module declares, by name."""
    members = vars(module).items()
    return {name: shape for name, shape in members if name.endswith("Response") and name != "OpenApiResponse"}


def example_errors(shape: Any) -> dict[str, Any]:
    """Return what the serializer of a response finds wrong with its example; empty text counts as text there."""
    serializer = shape(data=json.loads(json.dumps(example_of(shape)).replace('""', '"-"')))
    serializer.is_valid()
    return dict(serializer.errors)
