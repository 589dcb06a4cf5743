"""Lists that are read page by page."""

from __future__ import annotations

import httpx
import pytest

from datacube_client.core.drivers import Driver
from datacube_client.core.operation import Resource
from datacube_client.core.paging import pages
from datacube_client.core.sending import Credentials, Retries, Session


@pytest.mark.parametrize(
    ("answers", "total"), [([["a", "b"], ["c"]], 2), ([["a"]], 1), ([[]], 0), ([["a"], []], 2)]
)
def test_each_page_is_read_once(answers: list[list[str]], total: int) -> None:
    queries = []

    def answer(request: httpx.Request) -> httpx.Response:
        queries.append(dict(request.url.params))
        body = {"data": answers[len(queries) - 1], "pagination": {"total_pages": total}}
        return httpx.Response(200, json=body)

    http = httpx.Client(base_url="http://unused", transport=httpx.MockTransport(answer))
    driver = Driver(http, Session(Credentials(), Retries()))
    items = list(driver.iterate(pages(Resource(driver), "GET /api/jobs", 2, state="done")))
    assert items == [item for page in answers for item in page]
    expected = [{"page": str(number), "page_size": "2", "state": "done"} for number in range(1, len(answers) + 1)]
    assert queries == expected
