"""The declared operations of the dialect: unique ids, and examples that their own models accept."""

from __future__ import annotations

import pytest

from dialects.airsequel.operations import OPERATIONS
from web.operations import Operation, RequestModel
from web.operations.schemas import example_of, schema_of

JSON = [item for item in OPERATIONS if isinstance(item.body, type) and issubclass(item.body, RequestModel)]


def test_ids_are_unique() -> None:
    ids = [item.id for item in OPERATIONS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "declared", [item for item in JSON if item.media == "application/json"], ids=lambda item: item.id
)
def test_examples_of_bodies_are_valid(declared: Operation) -> None:
    declared.body.parse(example_of(schema_of(declared.body)))
