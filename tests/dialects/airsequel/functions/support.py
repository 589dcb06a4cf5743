"""Functions for the tests of their routes."""

from __future__ import annotations

from typing import Any

from tests.dialects.airsequel.support import Airsequel


def publish(airsequel: Airsequel, db_id: str, content: str, **members: Any) -> dict[str, Any]:
    """Create a function without checking its types, and return it."""
    body = {"name": "Test", "content": content, **members}
    return airsequel.get(f"POST /api/dbs/{db_id}/functions?check=false", json=body)
