"""The audit log: the requests for all entries and for a page, with the answers that the service gives."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from datacube_client.core.drivers import Driver
from datacube_client.core.sending import Credentials, Retries, Session
from datacube_client.resources.audit import Audit

ENTRIES = [{"id": 2, "action": "key.revoke"}, {"id": 1, "action": "key.create"}]
LINES = '{"id": 2, "action": "key.revoke"}\n{"id": 1, "action": "key.create"}\n'


def _audit(queries: list[dict[str, str]]) -> Audit:
    """Return a log of two entries that records the queries."""

    def answer(request: httpx.Request) -> httpx.Response:
        queries.append(dict(request.url.params))
        if request.url.params.get("format") == "ndjson":
            return httpx.Response(200, text=LINES)
        return httpx.Response(200, json={"success": True, "entries": ENTRIES, "next_before": 1})

    http = httpx.Client(base_url="http://unused", transport=httpx.MockTransport(answer))
    return Audit(Driver(http, Session(Credentials(), Retries())))


@pytest.mark.parametrize(
    "chosen", [{}, {"action": "key", "actor": "u3"}, {"team_id": "7", "since": "2026-11-01T00:00:00Z"}]
)
def test_entries_and_pages(chosen: dict[str, Any]) -> None:
    queries: list[dict[str, str]] = []
    audit = _audit(queries)
    assert list(audit.entries(**chosen)) == ENTRIES
    assert audit.page(limit=2, before=3, **chosen)["next_before"] == 1
    assert queries == [{**chosen, "format": "ndjson"}, {**chosen, "limit": "2", "before": "3"}]
