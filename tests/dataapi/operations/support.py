"""What the tests of the requests of the data API share: a valid target, and the errors that a request reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import engine
from web.operations import RequestModel

TARGET = {"database_id": "d", "collection_name": "users"}
DOCUMENT = "6560a1c2d3e4f5a6b7c8d9e0"


def errors_of(model: type[RequestModel], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the fields and messages that are reported for these members."""
    with pytest.raises(engine.Invalid) as refused:
        model.parse(values)
    return [(error.field, error.message) for error in refused.value.errors]
