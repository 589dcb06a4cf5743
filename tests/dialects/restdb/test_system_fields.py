"""Names of system fields in the engine."""

from __future__ import annotations

import pytest

from dialects.restdb.system_fields import IGNORED, stored


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("_created", "_sys.created"),
        ("_changed", "_sys.updated"),
        ("_createdby", "_sys.created_by"),
        ("_changedby", "_sys.updated_by"),
        ("_version", "_sys.version"),
        ("_id", "_id"),
        ("_parent_id", "_parent_id"),
        ("_created.x", "_created.x"),
        ("_Created", "_Created"),
        ("name", "name"),
        ("", ""),
    ],
)
def test_only_system_fields_have_another_name_in_the_engine(path: str, expected: str) -> None:
    assert stored(path) == expected


def test_fields_of_a_parent_are_not_ignored() -> None:
    """A client creates a child by sending `_parent_…`; the other system fields are set by the service."""
    assert {"_id", "_created", "_changed", "_createdby", "_changedby", "_version"} <= IGNORED
    assert not any(name.startswith("_parent") for name in IGNORED)
