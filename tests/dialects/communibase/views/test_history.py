"""Routes of versions: their parameters, verbs and permissions."""

from __future__ import annotations

import pytest

from tests.dialects.communibase.support import Communibase, failed, refused, result_of
from tests.support import NOT_FOUND, Tenant


@pytest.fixture(scope="module")
def film(communibase: Communibase) -> str:
    """Return the id of a document of two versions."""
    (id,) = communibase.create("films", {"Title": "One"})
    communibase.get(f"PUT films.json/crud/{id}", json={"Title": "Two"})
    return id


def test_pages_of_a_search(communibase: Communibase, film: str) -> None:
    versions = communibase.get("POST films.json/history/search", json={"_id": film})
    assert len(versions) == 2
    pages = [
        communibase.get("POST films.json/history/search", json={"_id": film}, limit=1, page=page)
        for page in (1, 2, 3)
    ]
    assert pages == [versions[:1], versions[1:], []]
    answer = communibase.ask("POST films.json/history/search?limit=-1&page=x", json={})
    assert [error["field"] for error in answer.json()["errors"]] == ["limit", "page"]


def test_a_search_without_a_body_is_of_all_or_refused(communibase: Communibase, film: str) -> None:
    answer = communibase.ask("POST films.json/history/search", content=b"{")
    assert answer.status_code == 400
    listed = communibase.get("POST films.json/history/search", json={})
    assert film in {item["refId"] for item in listed}


def test_attributes_of_one_version(communibase: Communibase, film: str) -> None:
    _, first = communibase.get(f"films.json/history/{film}")
    address = f"films.json/history/{film}/{first['_id']}"
    assert communibase.get(address, fields="Title") == {"_id": film, "Title": "One"}
    assert result_of(communibase.ask(f"GET {address}?fields=%5B7%5D")) == refused(
        "fields", "Must be names with spaces between them, or an object of 1, 0 or -1."
    )


def test_verbs(communibase: Communibase, film: str) -> None:
    for route in (
        f"POST films.json/history/{film}",
        "GET films.json/history/search/",
        f"DELETE films.json/history/{film}",
        f"GET films.json/history/undelete/{film}",
    ):
        assert communibase.ask(route).status_code in (404, 405), route


def test_who_may(communibase: Communibase, film: str, ben: Tenant) -> None:
    tenant = communibase.tenant
    base = f"/communibase/{tenant.database}/0.1/films.json/history"
    writer = tenant.new_key(actions=["insert", "write"])
    reader = tenant.new_key(actions=["read"])
    for route in (f"GET {base}/{film}", f"POST {base}/search", f"POST {base}/undelete/{film}"):
        assert tenant.ask(route, auth=writer, json={}).status_code == 403, route
        assert result_of(tenant.ask(route, auth=ben.api_key, json={})) == failed(404, NOT_FOUND)
    assert tenant.ask(f"GET {base}/{film}", auth=reader).status_code == 200
    assert tenant.ask(f"POST {base}/undelete/{film}", auth=reader).status_code == 403
