"""The status of the service, for everyone."""

from __future__ import annotations

from tests.dialects.airsequel.support import Airsequel, result_of


def test_the_status(airsequel: Airsequel) -> None:
    answer = airsequel.ask("GET /api/status", auth="")
    assert result_of(answer) == (200, {"status": "ok", "parts": {"platform": "ok", "documents": "ok"}})
