"""GET /api/crud by cursor, with each way to count, and explained."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import FILMS, Tenant, refused, status_and_body

DAMAGED = "The cursor does not belong to this list, or is damaged."


@pytest.fixture(scope="module")
def numbers(anna: Tenant) -> str:
    """Create a collection of 120 numbers, which is only read."""
    name = anna.new_collection()
    anna.insert(name, [{"n": n, "even": n % 2 == 0, "odd one": [n, None, "x"][n % 3]} for n in range(120)])
    return name


def ask(anna: Tenant, collection: str, **params: Any) -> tuple[int, Any]:
    query = {"database_id": anna.database, "collection_name": collection, **params}
    return status_and_body(anna.ask("GET /api/crud", params=query))


@pytest.mark.parametrize("sort", ["", "-_id", "n", "-n", "odd one,-n", '{"even": -1, "odd one": 1}'])
@pytest.mark.parametrize("filters", ["{}", '{"even": true}'])
def test_page_after_page(anna: Tenant, numbers: str, sort: str, filters: str) -> None:
    params = {"sort": sort, "filters": filters, "fields": "n"}
    whole = anna.find(numbers, page_size=1000, **params)["data"]
    documents, cursor = [], ""
    while cursor is not None:
        page = anna.find(numbers, page_size=7, cursor=cursor, **params)
        documents += page["data"]
        cursor = page["next"]
    assert documents == whole


def test_a_cursor_is_taken_by_every_process(anna: Tenant, numbers: str) -> None:
    cursor = anna.find(numbers, page_size=7)["next"]
    pages = [anna.find(numbers, page_size=7, cursor=cursor)["data"] for _ in range(40)]
    assert all(page == pages[0] for page in pages)


def test_the_numbers_of_a_page_after_a_cursor(anna: Tenant, numbers: str) -> None:
    first = anna.find(numbers, page_size=100)
    assert first["pagination"] == {
        "page": 1, "page_size": 100, "total_items": 120, "total_pages": 2, "count": "estimated"
    }  # fmt: skip
    second = anna.find(numbers, page_size=100, cursor=first["next"])
    nothing = {"total_items": None, "total_pages": None, "count": "none"}
    assert second["pagination"] == {"page": None, "page_size": 100, **nothing}
    assert (len(second["data"]), second["next"]) == (20, None)
    counted = anna.find(numbers, page_size=100, cursor=first["next"], count="exact")
    assert counted["pagination"]["total_items"] == 120


@pytest.mark.parametrize(
    ("params", "items", "pages", "count"),
    [
        ({}, 120, 3, "estimated"),
        ({"count": "estimated"}, 120, 3, "estimated"),
        ({"count": "exact"}, 120, 3, "exact"),
        ({"count": "none"}, None, None, "none"),
        ({"count": ""}, 120, 3, "estimated"),
        ({"count": "none", "page_size": "1000"}, None, None, "none"),
        ({"page": "3"}, 120, 3, "exact"),
        ({"page": "9"}, 120, 3, "estimated"),
        ({"page": "9", "count": "exact"}, 120, 3, "exact"),
        ({"filters": '{"even": true}'}, 60, 2, "exact"),
        ({"filters": '{"even": true}', "count": "none"}, None, None, "none"),
    ],
)
def test_counts(anna: Tenant, numbers: str, params: Any, items: Any, pages: Any, count: str) -> None:
    pagination = anna.find(numbers, **params)["pagination"]
    assert (pagination["total_items"], pagination["total_pages"], pagination["count"]) == (items, pages, count)


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"cursor": "x"}, ("cursor", DAMAGED)),
        ({"cursor": "GOOD", "sort": "n"}, ("cursor", DAMAGED)),
        ({"cursor": "GOOD", "filters": '{"n": 1}'}, ("cursor", DAMAGED)),
        ({"cursor": "GOOD", "fields": "n"}, ("cursor", DAMAGED)),
        ({"cursor": "GOOD", "page": "1"}, ("page", "page does not go with cursor")),
        ({"cursor": "GOOD", "as_of": "2024-01-01"}, ("as_of", "as_of does not go with cursor")),
        ({"cursor": "a\0b"}, ("cursor", "cursor must be a string without NUL")),
        ({"count": "all"}, ("count", "count must be one of exact, estimated, none")),
        ({"count": "exact", "as_of": "2024-01-01"}, ("count", "count does not go with as_of")),
        ({"explain": "yes"}, ("explain", "explain must be true or false")),
        ({"explain": "true", "as_of": "2024-01-01"}, ("explain", "explain does not go with as_of")),
    ],
)
def test_errors(anna: Tenant, numbers: str, params: dict[str, str], error: tuple[str, str]) -> None:
    good = anna.find(numbers, page_size=7)["next"]
    filled = {name: good if value == "GOOD" else value for name, value in params.items()}
    assert ask(anna, numbers, **filled) == (400, refused(error[1], error))


def test_a_cursor_of_another_collection_or_tenant(anna: Tenant, ben: Tenant, numbers: str) -> None:
    cursor = anna.find(numbers, page_size=7)["next"]
    other = anna.new_collection()
    assert ask(anna, other, cursor=cursor) == (400, refused(DAMAGED, ("cursor", DAMAGED)))
    assert ask(ben, "films", cursor=cursor) == (400, refused(DAMAGED, ("cursor", DAMAGED)))
    query = {"database_id": anna.database, "collection_name": numbers, "cursor": cursor}
    assert ben.ask("GET /api/crud", params=query).status_code == 404


def test_as_of_goes_by_number(anna: Tenant) -> None:
    name = anna.new_collection()
    anna.insert(name, FILMS)
    page = anna.find(name, as_of="2024-01-01")
    assert page == {
        "success": True,
        "data": [],
        "pagination": {"page": 1, "page_size": 50, "total_items": 0, "total_pages": 0, "count": "exact"},
    }


def test_explained(anna: Tenant) -> None:
    name = anna.new_collection()
    anna.insert(name, [{"kind": n % 300, "n": n} for n in range(3000)])
    params = {"filters": '{"kind": 7}', "sort": "-n", "explain": "true"}
    status, body = ask(anna, name, **params)
    plan = body["explain"]
    advice = plan.pop("advice")
    assert plan.pop("milliseconds") >= 0
    assert (status, list(body), plan) == (
        200,
        ["success", "explain"],
        {"index": None, "stage": "COLLSCAN", "keys_examined": 0, "documents_examined": 3000, "returned": 10},
    )
    assert (advice["method"], advice["path"]) == ("POST", "/api/indexes")
    created = anna.ask(f"{advice['method']} {advice['path']}", json=advice["body"])
    assert status_and_body(created) == (201, {"success": True, "name": "kind_1_n_-1__id_1"})
    after = ask(anna, name, **params)[1]["explain"]
    assert after.pop("milliseconds") >= 0
    assert after == {
        "index": "kind_1_n_-1__id_1",
        "stage": "IXSCAN",
        "keys_examined": 10,
        "documents_examined": 10,
        "returned": 10,
        "advice": None,
    }
    assert len(anna.find(name, **params | {"explain": "false"})["data"]) == 10


# --- by distance and by score -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def places(anna: Tenant) -> str:
    """Create three places with texts, which are only read."""
    name = anna.new_collection({"name": "at", "type": "object"})
    points = [{"type": "Point", "coordinates": [n, 0]} for n in range(3)]
    texts = ["coffee", "tea coffee", "coffee coffee"]
    anna.insert(name, [{"n": n, "at": points[n], "s": texts[n]} for n in (2, 0, 1)])
    for keys in ({"field": "at", "order": "2dsphere"}, {"field": "s", "order": "text"}):
        body = {"database_id": anna.database, "collection_name": name, "keys": [keys]}
        assert anna.ask("POST /api/indexes", json=body).status_code == 201
    return name


NEAR = '{"at": {"$near": {"$geometry": {"type": "Point", "coordinates": [0, 0]}, "$maxDistance": 150000}}}'
TEXT = '{"$text": {"$search": "coffee"}}'


def test_by_distance(anna: Tenant, places: str) -> None:
    status, body = ask(anna, places, filters=NEAR, page_size=1)
    assert (status, [item["n"] for item in body["data"]], body["next"]) == (200, [0], None)
    assert body["pagination"] == {
        "page": 1, "page_size": 1, "total_items": 2, "total_pages": 2, "count": "exact"
    }  # fmt: skip
    assert [item["n"] for item in ask(anna, places, filters=NEAR, page_size=1, page=2)[1]["data"]] == [1]


def test_by_score(anna: Tenant, places: str) -> None:
    status, body = ask(anna, places, filters=TEXT, score="true", fields="n")
    assert (status, [item["n"] for item in body["data"]], body["next"]) == (200, [2, 0, 1], None)
    assert all(item["_sys"].keys() == {"score"} for item in body["data"])


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"filters": NEAR, "sort": "n"}, "sort"),
        ({"filters": NEAR, "cursor": "x"}, "cursor"),
        ({"filters": f'{{"$or": [{NEAR}]}}'}, "filters.$or.0.at.$near"),
        ({"filters": TEXT, "score": "yes"}, "score"),
        ({"filters": TEXT, "score": "true", "sort": "n"}, "sort"),
        ({"filters": TEXT, "score": "true", "explain": "true"}, "score"),
        ({"filters": "{}", "score": "true"}, "score"),
        ({"filters": "{}", "score": "true", "as_of": "2026-01-01"}, "score"),
        ({"filters": "{}", "collation": '{"locale": "en"}', "as_of": "2026-01-01"}, "collation"),
    ],
)
def test_orders_that_are_refused(anna: Tenant, places: str, params: dict[str, str], field: str) -> None:
    status, body = ask(anna, places, **params)
    assert (status, body["errors"][0]["field"]) == (400, field)
