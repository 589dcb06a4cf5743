"""Lists that are read page by page."""

from __future__ import annotations

from typing import Any

from datacube_client.core.effects import JSON, Emit, Stream
from datacube_client.core.operation import Resource


def pages(resource: Resource, route: str, page_size: int, /, **members: Any) -> Stream[JSON]:
    """Emit the items of all pages of a list that says how many pages it has."""
    page, last = 1, 1
    while page <= last:
        answer = yield from resource._ask(route, page=page, page_size=page_size, **members)
        for item in answer["data"]:
            yield Emit(item)
        page, last = page + 1, answer["pagination"]["total_pages"]
