"""Names of attributes, and where documents have them."""

from __future__ import annotations

import pytest

from dialects.communibase.entity_types.model import Attribute, EntityType
from dialects.communibase.query.names import stored_path


@pytest.mark.parametrize(
    ("name", "path"), [("name", "name"), ("updatedAt", "_sys.updated"), ("updatedBy", "updatedBy"), ("a.b", "a.b")]
)
def test_stamps_lie_in_the_system_fields_unless_declared(name: str, path: str) -> None:
    assert stored_path(EntityType("", "T", (Attribute("updatedBy"),)), name) == path
