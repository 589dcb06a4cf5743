"""What /api/crud does with documents: each verb's successful responses, conflicts, and other verbs."""

from __future__ import annotations

import gzip
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support import FILMS, Tenant, Truth, nested, refused, status_and_body, until

TITLES = [film["Title"] for film in FILMS]


@pytest.fixture(scope="module")
def films(anna: Tenant) -> str:
    """Create a collection with the films, which is only read."""
    name = anna.new_collection()
    anna.insert(name, FILMS)
    return name


@pytest.fixture
def fresh(anna: Tenant) -> str:
    """Create a collection with the films for one test."""
    name = anna.new_collection()
    anna.insert(name, FILMS)
    return name


def send(anna: Tenant, verb: str, collection: str, **members: Any) -> tuple[int, Any]:
    body = {"database_id": anna.database, "collection_name": collection, **members}
    return status_and_body(anna.ask(f"{verb} /api/crud", json=body))


def documents(anna: Tenant, collection: str, **params: Any) -> list[dict[str, Any]]:
    """Return the matching documents without their system fields."""
    results = anna.find(collection, **params)["data"]
    return [{name: value for name, value in item.items() if name not in ("_id", "_sys")} for item in results]


def titles(anna: Tenant, collection: str, filters: Any = None, **params: Any) -> list[Any]:
    query = {"filters": json.dumps(filters)} if filters is not None else {}
    return [item.get("Title") for item in documents(anna, collection, **query, **params)]


# --- POST -------------------------------------------------------------------------------------------


def test_documents_come_back_as_they_were_sent(anna: Tenant, films: str) -> None:
    assert documents(anna, films) == FILMS


def test_ids_are_in_the_order_of_the_documents(anna: Tenant) -> None:
    name = anna.new_collection()
    ids = anna.insert(name, [{"n": n} for n in range(20)])
    assert [item["_id"] for item in anna.find(name, sort="n")["data"]] == ids
    assert len(set(ids)) == 20 and all(re.fullmatch("[0-9a-f]{24}", text) for text in ids)


def test_documents_by_their_other_name(anna: Tenant) -> None:
    name = anna.new_collection()
    status, body = send(anna, "POST", name, documents=[{"a": 1}])
    assert (status, list(body), documents(anna, name)) == (201, ["success", "inserted_ids"], [{"a": 1}])


def test_members_that_mean_nothing_here_are_ignored(anna: Tenant) -> None:
    name = anna.new_collection()
    assert send(anna, "POST", name, data=[{"a": 1}], filters=7, upsert={"a": []})[0] == 201


ODD_VALUES = {
    "US DVD Sales": None,
    "Worldwide Gross": 9223372036854775807,
    "least": -9223372036854775808,
    "IMDB Votes": 1e-7,
    "large": 1.7976931348623157e308,
    "Ünïcödé 🎬 \u2028": '\u0001\t"\\/ 🎬',
    "-minus": True,
    "a,b": False,
    " ": "a space",
    "'quotes\"": ["mixed", 1, 2.5, None, {}, []],
    "Creative Type": {"Contemporary Fiction": {"$": 1} and {"of 1998": [[[]]]}},
    "__proto__": {"constructor": {"prototype": 1}},
    "empty": "",
    "zero": 0,
    "date-like": "2023-10-27T10:00:00Z",
    "id-like": "5f43a2b3c4d5e6f708192a3b",
}


def test_odd_names_and_values_keep_value_and_type(anna: Tenant) -> None:
    name = anna.new_collection()
    anna.insert(name, [ODD_VALUES])
    (document,) = documents(anna, name)
    assert json.dumps(document, sort_keys=True) == json.dumps(ODD_VALUES, sort_keys=True)


@pytest.mark.parametrize("field", list(ODD_VALUES))
def test_odd_names_can_be_filtered_sorted_named_and_set(anna: Tenant, field: str) -> None:
    name = anna.new_collection()
    anna.insert(name, [{field: 2, "n": 2}, {field: 1, "n": 1}, {"n": 3}])
    assert [item["n"] for item in documents(anna, name, filters=json.dumps({field: 1}))] == [1]
    assert [item["n"] for item in documents(anna, name, sort=json.dumps({field: -1}))] == [2, 1, 3]
    assert documents(anna, name, fields=json.dumps({field: 1}), filters=json.dumps({"n": 2})) == [{field: 2}]
    assert send(anna, "PUT", name, filters={"n": 2}, update_data={field: 7}) == (
        200,
        {"success": True, "modified_count": 1},
    )
    assert [item["n"] for item in documents(anna, name, filters=json.dumps({field: 7}))] == [2]


def test_a_document_as_deep_as_may_be(anna: Tenant) -> None:
    name = anna.new_collection()
    anna.insert(name, [nested(32)])
    assert documents(anna, name) == [nested(32)]


def test_a_broken_document_keeps_the_others_out(anna: Tenant) -> None:
    name = anna.new_collection()
    status, _ = send(anna, "POST", name, data=[{"Title": "good"}, {"IMDB Rating": "high"}])
    assert (status, anna.count(name)) == (400, 0)


UNIQUE = "Another document already has this value; email must be unique."


def test_a_taken_value_keeps_the_others_out(anna: Tenant) -> None:
    name = anna.new_collection({"name": "email", "unique": True})
    anna.insert(name, [{"email": "a"}, {"other": 1}, {"email": None}])
    assert send(anna, "POST", name, data=[{"email": "b"}, {"email": "a"}]) == (
        409,
        refused(UNIQUE, ("email", UNIQUE, 1)),
    )
    assert send(anna, "POST", name, data=[{"email": "c"}, {"email": "c"}]) == (
        409,
        refused(UNIQUE, ("email", UNIQUE, 1)),
    )
    assert [item.get("email") for item in documents(anna, name)] == ["a", None, None]


def test_a_change_may_not_take_a_value_either(anna: Tenant) -> None:
    name = anna.new_collection({"name": "email", "unique": True})
    anna.insert(name, [{"email": "a"}, {"email": "b"}])
    status, body = send(anna, "PUT", name, filters={}, all=True, update_data={"email": "c"})
    assert (status, body["message"]) == (409, UNIQUE)
    assert [item["email"] for item in documents(anna, name)] == ["a", "b"]


def test_required_default_and_strict(anna: Tenant) -> None:
    name = anna.new_collection(
        {"name": "Title", "required": True}, {"name": "MPAA Rating", "default": "Not Rated"}, strict=True
    )
    anna.insert(name, [{"Title": "Slam"}, {"Title": "Pi", "MPAA Rating": "R"}])
    status, body = send(anna, "POST", name, data=[{"Source": "Book"}])
    assert (status, body["errors"]) == (
        400,
        [
            {"field": "Source", "message": "The collection is strict and has no such field.", "index": 0},
            {"field": "Title", "message": "This field is required.", "index": 0},
        ],
    )
    assert documents(anna, name) == [
        {"Title": "Slam", "MPAA Rating": "Not Rated"},
        {"Title": "Pi", "MPAA Rating": "R"},
    ]


def test_who_and_when_is_stamped(anna: Tenant) -> None:
    name = anna.new_collection()
    anna.insert(name, [{"a": 1}])
    body = {"database_id": anna.database, "collection_name": name, "filters": {"a": 1}, "update_data": {"a": 2}}
    assert anna.ask("PUT /api/crud", auth=anna.api_key, json=body).status_code == 200
    (document,) = anna.find(name)["data"]
    stamps = document["_sys"]
    assert (stamps["version"], stamps["created_by"][0], stamps["updated_by"][0]) == (2, "u", "k")
    assert list(stamps) == ["version", "created", "created_by", "updated", "updated_by"]
    assert stamps["created"] < stamps["updated"]


# --- GET --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "size", "expected", "pages"),
    [
        (1, 1, [0], 5),
        (5, 1, [4], 5),
        (6, 1, [], 5),
        (1, 2, [0, 1], 3),
        (3, 2, [4], 3),
        (4, 2, [], 3),
        (1, 4, [0, 1, 2, 3], 2),
        (2, 4, [4], 2),
        (1, 5, [0, 1, 2, 3, 4], 1),
        (2, 5, [], 1),
        (1, 6, [0, 1, 2, 3, 4], 1),
        (1, 1000, [0, 1, 2, 3, 4], 1),
        (2147483, 1000, [], 1),
        (2147483647 // 2, 2, [], 3),
    ],
)
def test_pages(anna: Tenant, films: str, page: int, size: int, expected: list[int], pages: int) -> None:
    result = anna.find(films, page=page, page_size=size)
    assert [item["Title"] for item in result["data"]] == [TITLES[index] for index in expected]
    pagination = {"page": page, "page_size": size, "total_items": 5, "total_pages": pages}
    counted = "exact" if expected and page * size >= 5 else "estimated"
    assert result["pagination"] == {**pagination, "count": counted}
    assert (result["next"] is None) == (page * size >= 5)


def test_a_page_has_fifty_documents_by_default(anna: Tenant) -> None:
    name = anna.new_collection()
    anna.insert(name, [{"n": n} for n in range(51)])
    result = anna.find(name)
    assert (len(result["data"]), result["pagination"]) == (
        50,
        {"page": 1, "page_size": 50, "total_items": 51, "total_pages": 2, "count": "estimated"},
    )


def test_nothing_has_no_pages(anna: Tenant) -> None:
    result = anna.find(anna.new_collection())
    assert result == {
        "success": True,
        "data": [],
        "pagination": {"page": 1, "page_size": 50, "total_items": 0, "total_pages": 0, "count": "exact"},
        "next": None,
    }


def test_the_total_counts_what_the_filter_matches(anna: Tenant, films: str) -> None:
    result = anna.find(films, filters='{"Release Date": {"$regex": "1998$"}}', page_size=2, page=2)
    pagination = {"page": 2, "page_size": 2, "total_items": 3, "total_pages": 2}
    assert result["pagination"] == {**pagination, "count": "exact"}


@pytest.mark.parametrize(
    ("filters", "indexes"),
    [
        (None, [0, 1, 2, 3, 4]),
        ({}, [0, 1, 2, 3, 4]),
        ({"Title": "Slam"}, [2]),
        ({"US Gross": {"$gt": 1000000}}, [2, 4]),
        ({"US Gross": {"$type": "string"}}, [3]),
        ({"IMDB Rating": None}, [1, 3, 4]),
        ({"IMDB Rating": {"$exists": False}}, [3, 4]),
        ({"Director": {"$in": ["Roman Polanski", None]}}, [0, 1, 2, 3, 4]),
        ({"Director": {"$nin": [None]}}, [4]),
        ({"Creative Type.IMDB Votes": 2}, [4]),
        ({"Creative Type": {"IMDB Votes": 2}}, [4]),
        ({"$or": [{"Title": 12}, {"Title": "Slam"}]}, [2, 3]),
        ({"$and": [{"US Gross": {"$gte": 146083}}, {"US Gross": {"$lte": 373615}}]}, [0, 1]),
        ({"$nor": [{"Title": {"$type": "string"}}]}, [3]),
        ({"Title": {"$regex": "^the", "$options": "i"}}, [0]),
        ({"Title": {"$not": {"$regex": "a"}}}, [1, 3]),
        ({"Title": "' || true //"}, []),
        ({"nothing": {"$gt": 0}}, []),
    ],
)
def test_filters(anna: Tenant, films: str, filters: Any, indexes: list[int]) -> None:
    expected = [TITLES[index] for index in indexes]
    if filters and "Title" in filters and filters["Title"] == {"$not": {"$regex": "a"}}:
        expected = [title for title in TITLES if "a" not in str(title)]
    assert titles(anna, films, filters) == expected


def test_ids_are_written_as_text(anna: Tenant, films: str) -> None:
    ids = [item["_id"] for item in anna.find(films)["data"]]
    assert titles(anna, films, {"_id": ids[1]}) == [TITLES[1]]
    assert titles(anna, films, {"_id": {"$in": [ids[4], ids[2]]}}) == [TITLES[2], TITLES[4]]
    assert titles(anna, films, {"_id": {"$gt": ids[2]}}) == TITLES[3:]
    assert titles(anna, films, {"_id": "0" * 24}) == []


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("US Gross", [0, 1, 2, 4, 3]),
        ("-US Gross", [3, 4, 2, 1, 0]),
        ("IMDB Rating", [1, 3, 4, 2, 0]),
        ("-IMDB Rating", [0, 2, 1, 3, 4]),
        ("Source,-US Gross", [4, 2, 1, 0, 3]),
        ('{"US Gross": 1}', [0, 1, 2, 4, 3]),
        ('{"Source": -1, "US Gross": 1}', [3, 0, 1, 2, 4]),
        ("-_id", [4, 3, 2, 1, 0]),
        ("_id", [0, 1, 2, 3, 4]),
        ("", [0, 1, 2, 3, 4]),
    ],
)
def test_sort(anna: Tenant, films: str, sort: str, order: list[int]) -> None:
    assert titles(anna, films, sort=sort) == [TITLES[index] for index in order]


def test_pages_of_equal_values_neither_repeat_nor_skip(anna: Tenant) -> None:
    name = anna.new_collection()
    ids = anna.insert(name, [{"same": 1, "n": n} for n in range(30)])
    pages = [anna.find(name, sort="same", page_size=7, page=page)["data"] for page in range(1, 6)]
    assert [item["_id"] for page in pages for item in page] == ids


PIRATES = {"Title": "Pirates"}


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ("Title", ["_id", "Title"]),
        ("Title,US Gross", ["_id", "Title", "US Gross"]),
        ("_id", ["_id"]),
        ("-_sys", ["_id", "Title", "US Gross", "Director", "Creative Type"]),
        ("-_sys,-_id,-Title", ["US Gross", "Director", "Creative Type"]),
        ('{"Title": 1, "_id": 0}', ["Title"]),
        ('{"_sys": 0, "Title": 0}', ["_id", "US Gross", "Director", "Creative Type"]),
        ("nothing", ["_id"]),
        ("Creative Type.IMDB Votes,-_id", ["Creative Type"]),
    ],
)
def test_fields(anna: Tenant, films: str, fields: str, names: list[str]) -> None:
    (document,) = anna.find(films, fields=fields, filters=json.dumps(PIRATES))["data"]
    assert list(document) == names


@pytest.mark.parametrize("pattern", ["(", "[", "*", "a{2,1}", "(?P<x", "\\"])
def test_an_invalid_pattern(anna: Tenant, films: str, pattern: str) -> None:
    query = {"filters": json.dumps({"Title": {"$regex": pattern}})}
    query |= {"database_id": anna.database, "collection_name": films}
    assert anna.ask("GET /api/crud", params=query).status_code == 400


# --- PUT --------------------------------------------------------------------------------------------


def test_an_update_is_of_every_match(anna: Tenant, fresh: str) -> None:
    members = {"filters": {"Release Date": {"$regex": "1998$"}}, "update_data": {"MPAA Rating": "R", "US Gross": 0}}
    assert send(anna, "PUT", fresh, **members) == (200, {"success": True, "modified_count": 3})
    changed = {"MPAA Rating": "R", "US Gross": 0}
    assert documents(anna, fresh) == [film | changed for film in FILMS[:3]] + FILMS[3:]
    assert [item["_sys"]["version"] for item in anna.find(fresh)["data"]] == [2, 2, 2, 1, 1]


def test_only_fields_that_are_there(anna: Tenant, fresh: str) -> None:
    members = {"filters": {}, "all": True, "update_data": {"Director": "Anon", "Source": "Book"}}
    assert send(anna, "PUT", fresh, **members, update_all_fields=False) == (
        200,
        {"success": True, "modified_count": 3},
    )
    assert [(item.get("Director"), item.get("Source")) for item in documents(anna, fresh)] == [
        *((None, None), (None, None), ("Anon", None), (None, "Book"), ("Anon", None))
    ]
    assert [item["_sys"]["version"] for item in anna.find(fresh)["data"]] == [1, 1, 2, 2, 2]


def test_an_update_inside_a_document(anna: Tenant, fresh: str) -> None:
    members = {"filters": PIRATES, "update_data": {"Creative Type.IMDB Votes": 3, "Creative Type.new one": None}}
    assert send(anna, "PUT", fresh, **members)[0] == 200
    assert documents(anna, fresh)[4]["Creative Type"] == {"IMDB Votes": 3, "new one": None}


def test_everything_may_be_meant(anna: Tenant, fresh: str) -> None:
    assert send(anna, "PUT", fresh, filters={}, all=True, update_data={"seen": True}) == (
        200,
        {"success": True, "modified_count": 5},
    )
    assert send(anna, "DELETE", fresh, filters={}, all=True) == (
        200,
        {"success": True, "count": 5, "deleted_count": 5},
    )
    assert anna.count(fresh) == 0


def test_no_match_is_not_an_error(anna: Tenant, fresh: str) -> None:
    members = {"filters": {"Title": "Nowhere"}}
    assert send(anna, "PUT", fresh, **members, update_data={"a": 1}) == (
        200,
        {"success": True, "modified_count": 0},
    )
    assert send(anna, "DELETE", fresh, **members) == (200, {"success": True, "count": 0, "deleted_count": 0})
    assert documents(anna, fresh) == FILMS


def test_an_update_that_fails_in_the_middle_changes_nothing(anna: Tenant) -> None:
    name = anna.new_collection({"name": "Source", "type": "object"})
    anna.insert(name, [{"a": {"b": 1}}, {"a": 5}, {"a": {"b": 1}}])
    status, body = send(anna, "PUT", name, filters={}, all=True, update_data={"a.b": 2})
    text = "MongoDB cannot do this with the documents as they are; check the types and paths."
    assert (status, body) == (400, refused(f"update_data.a.b: {text}", ("update_data.a.b", text)))
    assert documents(anna, name) == [{"a": {"b": 1}}, {"a": 5}, {"a": {"b": 1}}]


def test_an_update_of_more_than_one_transaction_may_hold(anna: Tenant) -> None:
    """Check that an update of 480 MB is all or nothing, where mongod's cache has 250 MB and may be too small.

    A busy machine may take longer for it than the service gives it; then what it did in time is chance.
    """
    name = anna.new_collection()
    anna.insert(name, [{"n": n} for n in range(60)])
    members = {"filters": {}, "all": True, "update_data": {"large": "x" * (8 << 20)}}
    request = {"database_id": anna.database, "collection_name": name, **members}
    status, body = status_and_body(anna.ask("PUT /api/crud", json=request, timeout=500))
    query = {"database_id": anna.database, "collection_name": name, "fields": "n", "page_size": 60}
    query["filters"] = '{"large": {"$exists": true}}'

    def found() -> httpx.Response | None:
        answer = anna.ask("GET /api/crud", params=query)
        return answer if answer.status_code != 503 else None

    changed = until(found).json()["data"]  # reading 480 MB may take too long too
    too_large = refused("The request touches more than one transaction can hold; narrow it.")
    too_late = refused("The request takes longer than 30 s (WRITE_SECONDS); narrow it.")
    assert (status, body, len(changed)) in (
        (200, {"success": True, "modified_count": 60}, 60),
        (413, too_large, 0),
        (503, too_late, 0),
        (503, too_late, 60),
    )
    drop = {"database_id": anna.database, "collection_names": [name]}
    assert anna.ask("DELETE /api/drop_collections", json=drop, timeout=500).status_code == 200


# --- DELETE -----------------------------------------------------------------------------------------


def test_a_delete_is_of_every_match(anna: Tenant, fresh: str, truth: Truth) -> None:
    members = {"filters": {"US Gross": {"$lt": 1000000}}}
    assert send(anna, "DELETE", fresh, **members, soft_delete=False) == (
        200,
        {"success": True, "count": 2, "deleted_count": 2},
    )
    assert documents(anna, fresh) == FILMS[2:]
    (row,) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", anna.database)
    stored = {name: len(items) for name, items in truth.documents(row[0]).items() if name.startswith(fresh)}
    assert {name.partition(".")[2]: count for name, count in stored.items()} == {"": 3, "versions": 2}


def test_deleted_once(anna: Tenant, fresh: str) -> None:
    """Check that the counts of simultaneous deletes add up to the number of documents."""

    def delete(_: int) -> int:
        return send(anna, "DELETE", fresh, filters={"US Gross": {"$exists": True}})[1]["deleted_count"]

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(delete, range(6))) == 5


# --- HTTP -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=latin-1", "text/plain", "x", ""])
def test_the_content_type_does_not_matter(anna: Tenant, media: str) -> None:
    name = anna.new_collection()
    raw = json.dumps({"database_id": anna.database, "collection_name": name, "data": [{"é": "ü"}]}).encode()
    assert anna.ask("POST /api/crud", content=raw, headers={"Content-Type": media}).status_code == 201
    assert documents(anna, name) == [{"é": "ü"}]


def test_a_body_of_unknown_length(anna: Tenant) -> None:
    """Send the body in chunks, as Node's fetch sends a stream."""
    name = anna.new_collection()
    body = {"database_id": anna.database, "collection_name": name, "data": [{"n": n} for n in range(500)]}
    raw = json.dumps(body).encode()
    pieces = [raw[at : at + 1000] for at in range(0, len(raw), 1000)]
    assert anna.ask("POST /api/crud", content=iter(pieces)).status_code == 201
    assert anna.count(name) == 500


ALLOWED = "GET, POST, PUT, DELETE, OPTIONS"


@pytest.mark.parametrize("verb", ["PATCH", "TRACE", "PROPFIND"])
@pytest.mark.usefixtures("nothing_changes")
def test_other_verbs(anna: Tenant, verb: str) -> None:
    answer = anna.ask(f"{verb} /api/crud", params={"database_id": anna.database, "collection_name": "films"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, ALLOWED)
    expected = refused(f"The method {verb} is not allowed here; use {ALLOWED}.")
    assert answer.json() == expected


@pytest.mark.parametrize("path", ["/api/crud", "/api/indexes", "/api/events"])
def test_head_is_get_without_a_body(anna: Tenant, path: str) -> None:
    request = {"params": {"database_id": anna.database, "collection_name": "films"}}
    response = anna.ask(f"HEAD {path}", **request)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Type"] == anna.ask(f"GET {path}", **request).headers["Content-Type"]
    assert anna.ask(f"HEAD {path}", auth="", **request).status_code == 401


@pytest.mark.parametrize("route", ["POST /api/crud", "POST /api/aggregate", "POST /api/add_collection"])
@pytest.mark.usefixtures("nothing_changes")
def test_compressed_bodies(anna: Tenant, route: str) -> None:
    raw = gzip.compress(json.dumps({"database_id": anna.database}).encode())
    text = "The body is compressed (Content-Encoding); send it as plain JSON."
    for headers in ({"Content-Encoding": "gzip"}, {}, {"Content-Encoding": "br"}):
        answer = anna.ask(route, headers=headers | {"Content-Type": "application/json"}, content=raw)
        assert status_and_body(answer) == (415, refused(text))


def test_options(anna: Tenant) -> None:
    answer = anna.ask("OPTIONS /api/crud")
    assert (answer.status_code, answer.headers["Allow"], answer.content) == (200, ALLOWED, b"")


def test_responses_are_json_that_is_not_cached(anna: Tenant, films: str) -> None:
    good = anna.ask("GET /api/crud", params={"database_id": anna.database, "collection_name": films})
    for answer in (good, anna.ask("GET /api/crud")):
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
