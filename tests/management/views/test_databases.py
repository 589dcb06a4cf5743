"""The management API: responses of each route to valid and invalid requests, and the state after a refusal."""

from __future__ import annotations

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support import (
    FILM_FIELDS,
    FILMS,
    MISSING_ID,
    NOT_FOUND,
    Tenant,
    Truth,
    make_database,
    make_key,
    make_tenant,
    nested,
    refused,
    status_and_body,
    until,
)

NOTHING_CHANGES = pytest.mark.usefixtures("nothing_changes")
COLLECTIONS = [{"name": "films", "fields": FILM_FIELDS}]
NOT_TEXT = [0, 7, 1.5, True, [], ["x"], {}, {"$ne": ""}]


def errors_of(answer: httpx.Response) -> tuple[int, list[tuple[str, str]]]:
    """Return the status, and each error's field and message, of a response in this surface's envelope."""
    body = answer.json()
    assert list(body) == ["success", "message", "errors"] and body["success"] is False
    assert body["message"].startswith("Value Error: ") == (answer.status_code == 400)
    return answer.status_code, [(error["field"], error["message"]) for error in body["errors"]]


# --- create_database and add_collection ---------------------------------------------------------------


def test_a_database_is_created_with_its_collections(anna: Tenant, truth: Truth) -> None:
    name = f"Odd-{secrets.token_hex(4)}-Ünï"
    body = {
        "db_name": name,
        "collections": [
            {"name": "Films", "fields": [{"name": "US Gross", "type": "number", "required": True, "unique": True}]},
            {"name": "films", "fields": [{"name": "Title"}], "strict": True},
        ],
    }
    answer = anna.ask("POST /api/create_database", json=body)
    assert answer.status_code == 201
    database = answer.json()["database"]
    assert database["name"] == name.lower()
    metadata = anna.ask("GET /api/get_metadata", params={"database_id": database["id"]}).json()["data"]
    assert metadata["collections"] == [
        {"name": "Films", "fields": [{"name": "US Gross", "type": "number", "required": True, "unique": True}]},
        {"name": "films", "fields": [{"name": "Title", "type": "string"}], "strict": True},
    ]
    assert metadata["dbName"] in truth.physical_databases()


EVERY_TYPE = [
    *("string", "number", "object", "array", "boolean", "date", "datetime"),
    *("null", "binary", "objectid", "decimal128", "regex", "timestamp"),
    *("email", "url", "enum", "json", "reference", "autonumber"),
]


def test_every_type_can_be_declared(anna: Tenant) -> None:
    needed = {"enum": {"enum": ["a"]}, "reference": {"collection": "films"}}
    fields = [{"name": f"a {kind}", "type": kind} | needed.get(kind, {}) for kind in EVERY_TYPE]
    name = anna.new_collection(*fields)
    metadata = anna.ask("GET /api/get_metadata", params={"database_id": anna.database}).json()["data"]
    assert {"name": name, "fields": fields} in metadata["collections"]


TEXT, SHORT = "Must be a string.", "Must have 1 to 100 characters."
LETTERS = "May only contain letters, digits, '_' and '-'."


@NOTHING_CHANGES
@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[(value, TEXT) for value in [None, *NOT_TEXT]],
        ("", SHORT),
        ("n" * 101, SHORT),
        ("İ" * 100, SHORT),
        ("İ", LETTERS),
        *[(name, LETTERS) for name in ["a b", "a.b", "a/b", "$a", "a\0", "a\n", "../a", "a'", "💾"]],
        *[(name, f"The name {name.lower()!r} is reserved.") for name in ["admin", "local", "config", "ADMIN"]],
    ],
)
def test_names_of_databases(anna: Tenant, name: Any, text: str) -> None:
    answer = anna.ask("POST /api/create_database", json={"db_name": name, "collections": COLLECTIONS})
    assert errors_of(answer) == (400, [("db_name", text)])


AT_LEAST_ONE = "Must be an array of at least one collection."
FIELD = [{"name": "Title"}]
BAD_COLLECTIONS = [
    *[(value, [("collections", AT_LEAST_ONE)]) for value in [None, "films", 3, True, {}, [], {"name": "x"}]],
    *[([value], [("collections.0", "Must be an object with a name.")]) for value in [None, "films", 3, [], True]],
    *[([{"name": value, "fields": FIELD}], [("collections.0.name", TEXT)]) for value in [None, *NOT_TEXT]],
    *[([{"name": name, "fields": FIELD}], [("collections.0.name", LETTERS)]) for name in ["a b", "system.x", "$"]],
    ([{"fields": FIELD}], [("collections.0.name", SHORT)]),
    ([{"name": "n" * 101, "fields": FIELD}], [("collections.0.name", SHORT)]),
    *[
        ([{"name": "x", "fields": value}], [("collections.0.fields", "Must be an array of at least one field.")])
        for value in [None, [], {}, "Title", 3]
    ],
    *[
        ([{"name": "x", "fields": [value]}], [("collections.0.fields.0", "A field must be an object with a name.")])
        for value in [None, "Title", 3, []]
    ],
    ([{"name": "x", "fields": FIELD, "strict": "yes"}], [("collections.0.strict", "Must be true or false.")]),
    (
        [{"name": "x", "fields": FIELD, "capped": True, "index": 1}],
        [
            ("collections.0.capped", "Unknown property."),
            ("collections.0.index", "Unknown property."),
        ],
    ),
    (
        [{"name": "x", "fields": FIELD}, {"name": "x", "fields": FIELD}],
        [("collections.1.name", "The collection 'x' is named twice.")],
    ),
    (
        [{"name": "x", "fields": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}],
        [("collections.0.fields.2.name", "The field 'a' is named twice.")],
    ),
    (
        [
            {
                "name": "x",
                "fields": [{"name": "_id"}, {"name": "_sys"}, {"name": "$a"}, {"name": "a.b"}, {"name": "\0"}],
            }
        ],
        [
            ("collections.0.fields.0.name", "The name '_id' is reserved."),
            ("collections.0.fields.1.name", "The name '_sys' is reserved."),
            ("collections.0.fields.2.name", "A field name must not begin with '$'."),
            ("collections.0.fields.3.name", "A field name must not contain a dot."),
            ("collections.0.fields.4.name", "A field name must not contain NUL."),
        ],
    ),
    (
        [{"name": "x", "fields": [{"name": "a", "type": kind}]} for kind in ["text"]],
        [("collections.0.fields.0.type", f"Must be one of {', '.join(EVERY_TYPE)}.")],
    ),
    (
        [
            {
                "name": "x",
                "fields": [{"name": 1, "type": 2, "required": "3", "unique": 4, "enum": 5, "description": 6}],
            }
        ],
        [
            ("collections.0.fields.0.name", TEXT),
            ("collections.0.fields.0.type", TEXT),
            ("collections.0.fields.0.required", "Must be true or false."),
            ("collections.0.fields.0.unique", "Must be true or false."),
            ("collections.0.fields.0.enum", "Must be an array of the allowed values."),
            ("collections.0.fields.0.description", TEXT),
        ],
    ),
    (
        [{"name": "x", "fields": [{"name": "a", "index": True}]}],
        [("collections.0.fields.0.index", "Unknown property of a field.")],
    ),
    (
        [{"name": "x", "fields": [{"name": f"f{n}"} for n in range(1001)]}],
        [("collections.0.fields", "A collection has at most 1000 fields (MAX_COLLECTION_FIELDS).")],
    ),
    (
        [{"name": "x", "fields": [{"name": f"f{n}", "unique": True} for n in range(31)]}],
        [("collections.0.fields", "At most 30 fields can be unique.")],
    ),
    (
        [{"name": f"c{n}", "fields": FIELD} for n in range(501)],
        [("collections", "A database has at most 500 collections (MAX_COLLECTIONS).")],
    ),
]


@NOTHING_CHANGES
@pytest.mark.parametrize(("collections", "expected"), BAD_COLLECTIONS)
def test_definitions_of_collections(anna: Tenant, collections: Any, expected: list[tuple[str, str]]) -> None:
    body = {"db_name": "never", "database_id": anna.database, "collections": collections}
    for route in ("POST /api/create_database", "POST /api/add_collection"):
        assert errors_of(anna.ask(route, json=body)) == (400, expected)


@NOTHING_CHANGES
def test_all_errors_are_reported_at_once(anna: Tenant) -> None:
    collections = [{"name": 1, "fields": [{}]}, {"name": "ok", "fields": [{"name": "a", "type": "text"}]}]
    answer = anna.ask("POST /api/create_database", json={"db_name": "a b", "collections": collections})
    assert [field for field, _ in errors_of(answer)[1]] == [
        *("db_name", "collections.0.name", "collections.0.fields.0.name", "collections.1.fields.0.type")
    ]


@NOTHING_CHANGES
def test_a_taken_name(anna: Tenant) -> None:
    text = "A database with this name already exists for your account."
    answer = anna.ask("POST /api/create_database", json={"db_name": anna.name.upper(), "collections": COLLECTIONS})
    assert status_and_body(answer) == (400, refused(f"Value Error: {text}", ("db_name", text)))


def test_a_name_is_only_taken_for_its_own_account(anna: Tenant, ben: Tenant, truth: Truth) -> None:
    make_database(ben.client, ben.bearer, name=anna.name)
    rows = truth.rows("SELECT physical FROM catalog_database WHERE name = ?", anna.name)
    assert len(rows) == len(set(rows)) == 2


def test_one_of_two_at_once_gets_the_name(anna: Tenant) -> None:
    for _ in range(3):
        body = {"db_name": f"d_{secrets.token_hex(6)}", "collections": COLLECTIONS}
        with ThreadPoolExecutor(4) as pool:
            requests = [pool.submit(anna.ask, "POST /api/create_database", json=body) for _ in range(4)]
        answers = [call.result() for call in requests]
        assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
        listed = anna.ask("GET /api/list_databases", params={"search": body["db_name"]}).json()
        assert listed["pagination"]["total_items"] == 1


def test_one_of_two_at_once_creates_the_collection(anna: Tenant, truth: Truth) -> None:
    """Check that the other gets that it exists or is being created; in no case are there two."""
    name = f"c_{secrets.token_hex(6)}"
    body = {"database_id": anna.database, "collections": [{"name": name, "fields": FILM_FIELDS}]}
    with ThreadPoolExecutor(4) as pool:
        requests = [pool.submit(anna.ask, "POST /api/add_collection", json=body) for _ in range(4)]
    answers = [call.result() for call in requests]
    assert {answer.status_code for answer in answers} <= {201, 409}
    created = [
        item["created"] for answer in answers if answer.status_code == 201 for item in answer.json()["collections"]
    ]
    assert created.count(True) == 1
    assert truth.rows("SELECT state FROM catalog_collection WHERE name = ?", name) == [("ready",)]


def test_existing_collections_stay_unchanged(anna: Tenant) -> None:
    old, new = anna.new_collection({"name": "Director"}), f"c_{secrets.token_hex(6)}"
    anna.insert(old, FILMS)
    collections = [{"name": old, "fields": [{"name": "other"}]}, {"name": new, "fields": [{"name": "other"}]}]
    answer = anna.ask("POST /api/add_collection", json={"database_id": anna.database, "collections": collections})
    assert status_and_body(answer) == (
        201,
        {
            "success": True,
            "collections": [
                {"name": old, "created": False, "exists": True, "error": None},
                {"name": new, "created": True, "exists": False, "error": None},
            ],
        },
    )
    metadata = anna.ask("GET /api/get_metadata", params={"database_id": anna.database}).json()["data"][
        "collections"
    ]
    assert {"name": old, "fields": [{"name": "Director", "type": "string"}]} in metadata
    assert anna.count(old) == len(FILMS)


# --- ids ----------------------------------------------------------------------------------------------

IN_BODIES = {
    "POST /api/add_collection": {"collections": [{"name": "new", "fields": FIELD}]},
    "DELETE /api/drop_database": {"confirmation": "d"},
    "DELETE /api/drop_collections": {"collection_names": ["films"]},
}
IN_QUERIES = {"GET /api/get_metadata": "database_id", "GET /api/list_collections": "database_id"}
REQUIRED = {
    "GET /api/list_collections": "database_id is a required query parameter.",
    "GET /api/import_status": "job_id is required",
}


@NOTHING_CHANGES
@pytest.mark.parametrize("route", IN_BODIES)
@pytest.mark.parametrize("value", [None, "", *NOT_TEXT, "a\0b"])
def test_ids_in_bodies_are_text(anna: Tenant, route: str, value: Any) -> None:
    text = "database_id is required" if value in (None, "") and value is not False else ""
    text = text or "database_id must be a string without NUL"
    answer = anna.ask(route, json={"database_id": value, **IN_BODIES[route]})
    assert status_and_body(answer) == (400, refused(f"Value Error: {text}", ("database_id", text)))


@pytest.mark.parametrize("route", [*IN_QUERIES, "GET /api/import_status"])
@pytest.mark.parametrize("query", ["", "?database_id=&job_id=", "?database_id=a%00b&job_id=a%00b"])
def test_ids_in_queries(anna: Tenant, route: str, query: str) -> None:
    name = IN_QUERIES.get(route, "job_id")
    text = REQUIRED.get(route, f"{name} is required")
    if "%00" in query:
        text = f"{name} must be a string without NUL"
    published = {"error": text} if route == "GET /api/list_collections" else {}
    expected = {**refused(f"Value Error: {text}", (name, text)), **published}
    assert status_and_body(anna.ask(route + query)) == (400, expected)


@NOTHING_CHANGES
@pytest.mark.parametrize("value", [MISSING_ID, "x", "0", "../", "%", "é" * 24, "A" * 24, "x" * 5000])
def test_ids_of_nothing(anna: Tenant, value: str) -> None:
    expected = 404, refused(NOT_FOUND)
    for route, body in IN_BODIES.items():
        assert status_and_body(anna.ask(route, json={"database_id": value, **body})) == expected
    for route, name in [*IN_QUERIES.items(), ("GET /api/import_status", "job_id")]:
        assert status_and_body(anna.ask(route, params={name: value})) == expected


# --- lists --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def eve(web: httpx.Client) -> Tenant:
    """Create an account with seven databases, whose names begin with the same letters."""
    created = make_tenant(web)
    for name in ["b_%_x", "b_1", "b_2"]:
        make_database(web, created.bearer, name=name.replace("%", "percent"))
    for name in ["a-1", "Z-1", "é-1"]:
        make_database(web, created.bearer, name=name)
    return created


@pytest.mark.parametrize(
    ("query", "page", "size", "total", "names"),
    [
        ({}, 1, 10, 7, ["a-1", "b_1", "b_2", "b_percent_x", "d_", "z-1", "é-1"]),
        ({"page_size": "3"}, 1, 3, 7, ["a-1", "b_1", "b_2"]),
        ({"page_size": "3", "page": "3"}, 3, 3, 7, ["é-1"]),
        ({"page_size": "3", "page": "4"}, 4, 3, 7, []),
        ({"page": "2147483647", "page_size": "1000"}, 2147483647, 1000, 7, []),
        ({"search": "B_"}, 1, 10, 3, ["b_1", "b_2", "b_percent_x"]),
        ({"search": "b_", "page_size": "2", "page": "2"}, 2, 2, 3, ["b_percent_x"]),
        ({"search": "É"}, 1, 10, 1, ["é-1"]),
        ({"search": ""}, 1, 10, 7, ["a-1", "b_1", "b_2", "b_percent_x", "d_", "z-1", "é-1"]),
        ({"search": "_"}, 1, 10, 4, ["b_1", "b_2", "b_percent_x", "d_"]),
        ({"search": "%"}, 1, 10, 0, []),
        ({"search": ".*"}, 1, 10, 0, []),
        ({"search": "("}, 1, 10, 0, []),
        ({"search": "' OR 1=1 --"}, 1, 10, 0, []),
        ({"search": "\\"}, 1, 10, 0, []),
    ],
)
def test_databases_by_pages(
    eve: Tenant, query: dict[str, str], page: int, size: int, total: int, names: Any
) -> None:
    answer = eve.ask("GET /api/list_databases", params=query)
    body = answer.json()
    assert (answer.status_code, list(body)) == (200, ["success", "data", "pagination"])
    assert [item["name"].replace(eve.name, "d_") for item in body["data"]] == names
    assert body["pagination"] == {
        "page": page,
        "page_size": size,
        "total_items": total,
        "total_pages": (total + size - 1) // size,
    }


@pytest.mark.parametrize("value", ["0", "-1", "", "x", "1.0", "99999999999999999999", "1\0", "٣"])
@pytest.mark.parametrize("name", ["page", "page_size"])
def test_pages_are_whole_numbers(anna: Tenant, name: str, value: str) -> None:
    text = f"{name} must be a whole number from 1 to 2147483647"
    message = "Value Error: Invalid pagination parameters."
    assert status_and_body(anna.ask("GET /api/list_databases", params={name: value})) == (
        400,
        {**refused(message, (name, text)), "error": "Invalid pagination parameters."},
    )


def test_a_page_larger_than_the_cap_is_clamped(anna: Tenant) -> None:
    status, body = status_and_body(anna.ask("GET /api/list_databases", params={"page_size": "100000"}))
    assert (status, body["pagination"]["page_size"]) == (200, 1000)


def test_a_search_without_nul(anna: Tenant) -> None:
    text = "search must be a string without NUL"
    assert status_and_body(anna.ask("GET /api/list_databases", params={"search": "a\0"})) == (
        400,
        {**refused(f"Value Error: {text}", ("search", text)), "error": text},
    )


def test_collections_are_counted_live(anna: Tenant) -> None:
    database, _ = make_database(anna.client, anna.bearer)
    collections = [{"name": name, "fields": FIELD} for name in ["zebra", "ape"]]
    anna.ask("POST /api/add_collection", json={"database_id": database, "collections": collections})
    for number in range(1, 4):
        body = {"database_id": database, "collection_name": "ape", "data": [{"n": number}]}
        assert anna.ask("POST /api/crud", json=body).status_code == 201
        assert anna.ask("GET /api/list_collections", params={"database_id": database}).json() == {
            "success": True,
            "collections": [
                {"name": "films", "num_documents": 0},
                {"name": "zebra", "num_documents": 0},
                {"name": "ape", "num_documents": number},
            ],
        }


def test_what_was_made_is_listed_at_once_by_every_process(anna: Tenant) -> None:
    """Check both processes: neither may show a cached list."""
    for _ in range(5):
        listed = f"GET /api/list_collections?database_id={anna.database}"
        anna.ask(listed)
        name = anna.new_collection()
        for _ in range(4):
            assert name in [item["name"] for item in anna.ask(listed).json()["collections"]]


# --- drops --------------------------------------------------------------------------------------------


@NOTHING_CHANGES
@pytest.mark.parametrize("value", [None, "", *NOT_TEXT, "other", " {name}", "{name} ", "{name}\0"])
def test_a_drop_is_confirmed(anna: Tenant, value: Any) -> None:
    if isinstance(value, str):
        value = value.format(name=anna.name)
    answer = anna.ask("DELETE /api/drop_database", json={"database_id": anna.database, "confirmation": value})
    text = "Must be the name of the database."
    assert status_and_body(answer) == (400, refused(f"Value Error: {text}", ("confirmation", text)))


def test_a_dropped_database_is_gone_for_good(anna: Tenant, truth: Truth) -> None:
    database, name = make_database(anna.client, anna.bearer)
    crud = {"database_id": database, "collection_name": "films"}
    assert anna.ask("POST /api/crud", json={**crud, "data": FILMS}).status_code == 201
    (physical,) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", database)
    answer = anna.ask("DELETE /api/drop_database", json={"database_id": database, "confirmation": name.upper()})
    assert status_and_body(answer) == (
        200,
        {"success": True, "message": f"Database '{name}' was successfully dropped."},
    )
    assert physical[0] not in truth.physical_databases()
    assert truth.rows("SELECT state FROM catalog_database WHERE public_id = ?", database) == [("dropping",)]
    for _ in range(4):
        assert status_and_body(anna.ask("POST /api/crud", json={**crud, "data": FILMS})) == (
            404,
            refused(NOT_FOUND),
        )
        assert status_and_body(anna.ask("GET /api/get_metadata", params={"database_id": database})) == (
            404,
            refused(NOT_FOUND),
        )


NAMES = "Must be an array of at least one name."


@NOTHING_CHANGES
@pytest.mark.parametrize("value", [None, "", "films", 3, True, {}, [], [None], ["films", 3], [["films"]], [{}]])
def test_dropped_collections_are_a_list_of_names(anna: Tenant, value: Any) -> None:
    answer = anna.ask(
        "DELETE /api/drop_collections", json={"database_id": anna.database, "collection_names": value}
    )
    assert status_and_body(answer) == (400, refused(f"Value Error: {NAMES}", ("collection_names", NAMES)))


@NOTHING_CHANGES
@pytest.mark.parametrize(
    ("names", "unknown"),
    [(["films", "nope"], "nope"), (["Films"], "Films"), (["b", "a", "a", "films"], "a, b"), (["a\0", ""], ", a\0")],
)
def test_with_an_unknown_name_nothing_is_dropped(anna: Tenant, names: list[str], unknown: str) -> None:
    answer = anna.ask(
        "DELETE /api/drop_collections", json={"database_id": anna.database, "collection_names": names}
    )
    text = f"Collections not in metadata: {unknown}"
    assert status_and_body(answer) == (400, refused(f"Value Error: {text}", ("collection_names", text)))


@NOTHING_CHANGES
def test_more_names_than_there_can_be_collections(anna: Tenant) -> None:
    body = {"database_id": anna.database, "collection_names": [f"c{n}" for n in range(100_000)]}
    text = "A database has at most 500 collections (MAX_COLLECTIONS)."
    answer = anna.ask("DELETE /api/drop_collections", json=body)
    assert status_and_body(answer) == (400, refused(f"Value Error: {text}", ("collection_names", text)))


def test_dropped_collections_are_gone_and_their_names_free(anna: Tenant, truth: Truth) -> None:
    remaining, first, second = (anna.new_collection() for _ in range(3))
    for name in (remaining, first, second):
        anna.insert(name, FILMS)
    body = {"database_id": anna.database, "collection_names": [second, first, second]}
    answer = anna.ask("DELETE /api/drop_collections", json=body)
    assert status_and_body(answer) == (200, {"success": True, "dropped_collections": [second, first]})
    (physical,) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", anna.database)
    left = [name for name in truth.documents(physical[0]) if name.startswith((remaining, first, second))]
    assert left and all(name.startswith(remaining) for name in left)
    anna.add({"name": first, "fields": FIELD})
    assert (anna.count(first), anna.count(remaining)) == (0, len(FILMS))


def test_a_drop_while_others_insert(anna: Tenant, truth: Truth) -> None:
    """Check that no insert is accepted after the response to the drop, and that nothing is left in storage.

    An insert that takes longer than the drop waits for may be refused by MongoDB, or is swept.
    """
    database, name = make_database(anna.client, anna.bearer)
    (physical,) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", database)
    statuses: list[int] = []
    dropped: list[int] = []

    def insert(worker: int) -> None:
        body = {"database_id": database, "collection_name": "films", "data": [{"n": worker}, {"n": worker}]}
        while True:
            done = bool(dropped)
            status = anna.ask("POST /api/crud", json=body).status_code
            statuses.append(status)
            if done:
                assert status == 404
                return

    with ThreadPoolExecutor(6) as pool:
        inserting = [pool.submit(insert, worker) for worker in range(6)]
        try:
            until(lambda: 201 in statuses, every=0.01)
        finally:
            answer = anna.ask("DELETE /api/drop_database", json={"database_id": database, "confirmation": name})
            dropped.append(answer.status_code)
        for call in inserting:
            call.result()
    assert (dropped, set(statuses) - {409, 503}) == ([200], {201, 404})
    until(lambda: physical[0] not in truth.physical_databases())


def test_300_collections_in_one_call(anna: Tenant, truth: Truth) -> None:
    """Create collections with a history and a unique index each; one after the other they took 28 s."""
    database, name = make_database(anna.client, anna.bearer)
    fields = [{"name": "code", "type": "string", "unique": True}]
    body = {"database_id": database, "collections": [{"name": f"c{n}", "fields": fields} for n in range(300)]}
    answer = anna.ask("POST /api/add_collection", json=body, timeout=500)
    assert (answer.status_code, [item["created"] for item in answer.json()["collections"]]) == (201, [True] * 300)
    twice = {"database_id": database, "collection_name": "c299", "data": [{"code": "a"}, {"code": "a"}]}
    assert anna.ask("POST /api/crud", json=twice).status_code == 409
    assert (
        anna.ask("DELETE /api/drop_database", json={"database_id": database, "confirmation": name}).status_code
        == 200
    )


def test_one_of_two_drops_at_once(anna: Tenant) -> None:
    database, name = make_database(anna.client, anna.bearer)
    body = {"database_id": database, "confirmation": name}
    with ThreadPoolExecutor(2) as pool:
        requests = [pool.submit(anna.ask, "DELETE /api/drop_database", json=body) for _ in range(2)]
    assert sorted(call.result().status_code for call in requests) == [200, 404]


# --- the dashboard's data -----------------------------------------------------------------------------


def test_the_published_dashboard_data(web: httpx.Client) -> None:
    tenant = make_tenant(web)
    tenant.insert("films", FILMS)
    tenant.add({"name": "other", "fields": [{"name": "a"}, {"name": "b"}]})
    status, body = status_and_body(tenant.ask("GET /core/api/v1/dashboard/stats/"))
    usage = body["usage"]
    assert (status, body) == (200, {"usage": usage, "databases": [{"id": tenant.database, "name": tenant.name}]})
    assert re.fullmatch(r"\d{4}-\d\d-01T00:00:00\.?0*Z", usage["last_reset_date"])
    assert type(usage["api_calls_current_month"]) is int
    metadata = tenant.ask("GET /api/get_metadata", params={"database_id": tenant.database}).json()["data"]
    counted = [("films", len(FILMS), len(FILM_FIELDS)), ("other", 0, 2)]
    assert status_and_body(tenant.ask(f"GET /core/api/v1/database/{tenant.database}/")) == (
        200,
        {
            "database": {name: metadata[name] for name in ("_id", "user_id", "displayName", "dbName")},
            "collections": [
                {"name": name, "num_documents": documents, "field_count": fields}
                for name, documents, fields in counted
            ],
            "stats": {"collection_count": 2, "total_fields": len(FILM_FIELDS) + 2},
        },
    )


def test_the_month_s_requests_are_counted(web: httpx.Client) -> None:
    tenant = make_tenant(web)
    for _ in range(3):
        tenant.find("films")
    until(
        lambda: (
            status_and_body(tenant.ask("GET /core/api/v1/dashboard/stats"))[1]["usage"]["api_calls_current_month"]
            >= 3
        )
    )


def test_statistics(web: httpx.Client) -> None:
    tenant = make_tenant(web)
    other, _ = make_database(web, tenant.bearer)
    tenant.insert("films", FILMS)
    tenant.new_collection()
    expected = {"success": True, "databases": 2, "collections": 3, "documents": 5}
    assert status_and_body(tenant.ask("GET /api/stats")) == (200, expected)
    bound = f"Api-Key {make_key(web, tenant.bearer, databases=[other])}"
    only = {"success": True, "databases": 1, "collections": 1, "documents": 0}
    assert status_and_body(tenant.ask("GET /api/stats", auth=bound)) == (200, only)


@pytest.mark.parametrize("value", [MISSING_ID, "x", "%00", "%2e%2e", "a%0Ab", "x" * 2000])
def test_an_unknown_dashboard_database(anna: Tenant, value: str) -> None:
    assert status_and_body(anna.ask(f"GET /core/api/v1/database/{value}/")) == (404, {"error": NOT_FOUND})


@pytest.mark.parametrize("value", ["%ED%A0%80", "%FF"])
def test_a_dashboard_database_id_that_is_not_utf_8(anna: Tenant, value: str) -> None:
    status, body = status_and_body(anna.ask(f"GET /core/api/v1/database/{value}/"))
    assert (status, list(body)) == (400, ["error"])


# --- HTTP ---------------------------------------------------------------------------------------------

ROUTES = {
    "/api/create_database": "POST, OPTIONS",
    "/api/add_collection": "POST, OPTIONS",
    "/api/list_databases": "GET, HEAD, OPTIONS",
    "/api/get_metadata": "GET, HEAD, OPTIONS",
    "/api/list_collections": "GET, HEAD, OPTIONS",
    "/api/drop_database": "DELETE, OPTIONS",
    "/api/drop_collections": "DELETE, OPTIONS",
    "/api/import_data": "POST, OPTIONS",
    "/api/import_status": "GET, HEAD, OPTIONS",
    "/core/api/v1/dashboard/stats/": "GET, HEAD, OPTIONS",
    f"/core/api/v1/database/{MISSING_ID}/": "GET, HEAD, OPTIONS",
}
VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"]


@NOTHING_CHANGES
@pytest.mark.parametrize("path", ROUTES)
def test_other_verbs(anna: Tenant, path: str) -> None:
    for verb in VERBS:
        if verb not in ROUTES[path]:
            answer = anna.ask(f"{verb} {path}", json={"database_id": anna.database, "confirmation": anna.name})
            assert (answer.status_code, answer.headers["Allow"]) == (405, ROUTES[path])
            text = f"The method {verb} is not allowed here; use {ROUTES[path]}."
            expected = {"error": text} if path.startswith("/core/") else refused(text)
            assert verb == "HEAD" or answer.json() == expected


@pytest.mark.parametrize("path", [path for path, verbs in ROUTES.items() if "GET" in verbs])
def test_head_is_get_without_its_body(anna: Tenant, path: str) -> None:
    query = {"database_id": anna.database, "job_id": "x"}
    got, headed = (anna.ask(f"{verb} {path}", params=query) for verb in ("GET", "HEAD"))
    assert (headed.status_code, headed.content) == (got.status_code, b"")


WITH_BODIES = [f"{verbs.split(',')[0]} {path}" for path, verbs in ROUTES.items() if "GET" not in verbs]
JSON_ROUTES = [route for route in WITH_BODIES if "import" not in route]


@NOTHING_CHANGES
@pytest.mark.parametrize("route", JSON_ROUTES)
@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "x"])
def test_bodies_are_json(anna: Tenant, route: str, media: str) -> None:
    raw = f'{{"database_id": "{anna.database}", "confirmation": "{anna.name}"}}'.encode()
    answer = anna.ask(route, content=raw, headers={"Content-Type": media})
    assert (answer.status_code, answer.json()["message"][:22]) == (415, "Unsupported media type")


@NOTHING_CHANGES
@pytest.mark.parametrize("route", JSON_ROUTES)
@pytest.mark.parametrize(
    ("raw", "status", "message"),
    [
        (b"[]", 400, "Value Error: The JSON body must be an object."),
        (b"null", 400, "Value Error: The JSON body must be an object."),
        (b'"x"', 400, "Value Error: The JSON body must be an object."),
        (b"   ", 400, "Value Error: The request needs a JSON body."),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, 413, "The JSON is nested deeper than 35 levels (MAX_DEPTH)."),
        (b" " * ((16 << 20) + 1), 413, "The body is larger than 16777216 bytes (MAX_BODY_BYTES)."),
    ],
    ids=["array", "null", "text", "blank", "deep", "large"],
)
def test_bodies_that_say_nothing_usable(anna: Tenant, route: str, raw: bytes, status: int, message: str) -> None:
    answer = anna.ask(route, content=raw, headers={"Content-Type": "application/json"})
    assert status_and_body(answer) == (status, refused(message))


@NOTHING_CHANGES
@pytest.mark.parametrize("route", JSON_ROUTES)
@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"a": 1, "a": 1}', "The JSON names a key twice in one object: 'a'."),
        (b'{"a": 9223372036854775808}', "The integer 9223372036854775808 does not fit in 64 bits."),
    ],
)
def test_bodies_of_which_something_would_be_lost(anna: Tenant, route: str, raw: bytes, message: str) -> None:
    answer = anna.ask(route, content=raw, headers={"Content-Type": "application/json"})
    assert status_and_body(answer) == (400, refused(f"Value Error: {message}", ("a", message)))


@NOTHING_CHANGES
@pytest.mark.parametrize("route", JSON_ROUTES)
@pytest.mark.parametrize("raw", [b"{", b'{"a": NaN}', b'{"a": "\xff"}', b'{"a": "\\ud800"}', b"a=1"])
def test_bodies_that_are_no_json(anna: Tenant, route: str, raw: bytes) -> None:
    answer = anna.ask(route, content=raw, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["message"][:35]) == (400, "Value Error: The JSON is not valid:")


def test_deep_bodies_in_their_place(anna: Tenant) -> None:
    body = {"db_name": "deep", "collections": [{"name": "x", "fields": [{"name": "a", "default": nested(40)}]}]}
    assert anna.ask("POST /api/create_database", json=body).status_code == 413


def test_a_slash_at_the_end_and_an_odd_accept(anna: Tenant) -> None:
    for accept in ("text/html", "application/xml;q=0.9", "", "nonsense"):
        answer = anna.ask("GET /api/list_databases/", headers={"Accept": accept}, params={"format": "xml"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/api/nothing", "/api/crud/x", "/api/create_database//", "/api", "/other"])
def test_an_unknown_address(anna: Tenant, path: str) -> None:
    answer = anna.ask(f"GET {path}")
    assert status_and_body(answer) == (404, refused(NOT_FOUND))
    assert answer.headers["Cache-Control"] == "no-store"


def test_too_many_parameters(anna: Tenant) -> None:
    answer = anna.ask("GET /api/list_databases", params=[(f"p{n}", "1") for n in range(1001)])
    assert status_and_body(answer) == (413, refused("At most 1000 parameters at once."))
