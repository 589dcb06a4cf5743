"""What /api/crud refuses to read: exact status and body for each error, and nothing is written."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.support import FILMS, MISSING_ID, Tenant, nested, refused, status_and_body

pytestmark = pytest.mark.usefixtures("nothing_changes")
STRING = "{} must be a string without NUL"
NOT_TEXT = [
    *[(value, "{} is required") for value in (None, "")],
    *[(value, STRING) for value in (0, 7, 1.5, True, [], ["films"], {}, {"$ne": ""}, "a\0b")],
]


@pytest.fixture(scope="module", autouse=True)
def films(anna: Tenant) -> None:
    anna.insert("films", FILMS)


def body_of(anna: Tenant, verb: str, **members: Any) -> dict[str, Any]:
    """Return a valid body for the verb, with these members replaced."""
    ask = {
        "POST": {"data": [{"Title": "Gambling"}]},
        "PUT": {"filters": {"Title": "Slam"}, "update_data": {"Title": "Dunk"}},
        "DELETE": {"filters": {"Title": "Slam"}},
    }
    return {"database_id": anna.database, "collection_name": "films", **ask[verb], **members}


def send(anna: Tenant, verb: str, **members: Any) -> tuple[int, Any]:
    return status_and_body(anna.ask(f"{verb} /api/crud", json=body_of(anna, verb, **members)))


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ["database_id", "collection_name"])
@pytest.mark.parametrize(("value", "text"), NOT_TEXT)
def test_ids_and_names_are_text(anna: Tenant, verb: str, name: str, value: Any, text: str) -> None:
    message = text.format(name)
    assert send(anna, verb, **{name: value}) == (400, refused(message, (name, message)))


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE"])
def test_all_missing_members_are_reported_at_once(anna: Tenant, verb: str) -> None:
    own = {
        "POST": [("data", "data must be an array of at least one document")],
        "PUT": [("filters", "filters is required"), ("update_data", "update_data is required")],
        "DELETE": [("filters", "filters is required")],
    }
    errors = [("database_id", "database_id is required"), ("collection_name", "collection_name is required")]
    assert status_and_body(anna.ask(f"{verb} /api/crud", json={})) == (
        400,
        refused("The request is not valid.", *errors, *own[verb]),
    )


NO_DOCUMENTS = "data must be an array of at least one document"


@pytest.mark.parametrize("value", [None, "", "films", 3, True, {}, {"Title": "Slam"}, []])
def test_documents_are_a_list(anna: Tenant, value: Any) -> None:
    assert send(anna, "POST", data=value) == (400, refused(NO_DOCUMENTS, ("data", NO_DOCUMENTS)))


@pytest.mark.parametrize("value", [None, 3, {}, []])
def test_documents_by_their_other_name_are_a_list_too(anna: Tenant, value: Any) -> None:
    body = body_of(anna, "POST", documents=value)
    del body["data"]
    message = "documents must be an array of at least one document"
    assert status_and_body(anna.ask("POST /api/crud", json=body)) == (400, refused(message, ("documents", message)))


def test_documents_stand_in_one_place(anna: Tenant) -> None:
    message = "Send the documents in data or in documents, not in both."
    assert send(anna, "POST", documents=[{"a": 1}]) == (400, refused(message, ("documents", message)))


@pytest.mark.parametrize("value", [None, "", "films", 3, 2.5, True, []])
def test_every_document_is_an_object(anna: Tenant, value: Any) -> None:
    error = ("", "A document must be a JSON object.", 1)
    message = "Document 1: A document must be a JSON object."
    assert send(anna, "POST", data=[{"Title": "Gambling"}, value]) == (400, refused(message, error))


def test_every_error_of_every_document_is_reported(anna: Tenant) -> None:
    status, body = send(
        anna,
        "POST",
        data=[
            {"Title": "good"},
            {"IMDB Rating": "high", "Director": 4, "$set": 1},
            {"a.b": 1, "nested": [{"$inc": 2, "c\0d": 3}]},
            {"_id": "5f43a2b3c4d5e6f708192a3b", "_sys": {}},
        ],
    )
    assert (status, body["message"][:10]) == (400, "8 errors; ")
    assert sorted(body["errors"], key=lambda error: (error["index"], error["field"])) == [
        {"index": 1, "field": "$set", "message": "A field name must not begin with '$'."},
        {"index": 1, "field": "Director", "message": "Must be a string."},
        {"index": 1, "field": "IMDB Rating", "message": "Must be a number."},
        {"index": 2, "field": "a.b", "message": "A field name must not contain a dot."},
        {"index": 2, "field": "nested.0.$inc", "message": "A field name must not begin with '$'."},
        {"index": 2, "field": "nested.0.c\0d", "message": "A field name must not contain NUL."},
        {"index": 3, "field": "_id", "message": "'_id' is set by the service and cannot be written."},
        {"index": 3, "field": "_sys", "message": "'_sys' is set by the service and cannot be written."},
    ]


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
@pytest.mark.parametrize("value", [None, "[]", 3, True, [], [{}]])
def test_filters_of_a_write_are_an_object(anna: Tenant, verb: str, value: Any) -> None:
    message = "filters must be a JSON object"
    assert send(anna, verb, filters=value) == (400, refused(message, ("filters", message)))


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
def test_everything_must_be_meant(anna: Tenant, verb: str) -> None:
    message = 'Empty filters match every document; send "all": true if that is meant.'
    expected = 400, refused(message, ("filters", message))
    assert send(anna, verb, filters={}) == expected
    assert send(anna, verb, filters={}, all=False) == expected


FLAGS = [("PUT", "all"), ("PUT", "update_all_fields"), ("DELETE", "all"), ("DELETE", "soft_delete")]


@pytest.mark.parametrize(("verb", "name"), FLAGS)
@pytest.mark.parametrize("value", [None, "", "true", 0, 1, [], {}])
def test_flags_are_true_or_false(anna: Tenant, verb: str, name: str, value: Any) -> None:
    message = f"{name} must be true or false"
    assert send(anna, verb, **{name: value}) == (400, refused(message, (name, message)))


@pytest.mark.parametrize("value", [None, "", "Title", 3, True, [], [{"Title": "x"}]])
def test_update_data_is_an_object(anna: Tenant, value: Any) -> None:
    message = "update_data must be a JSON object"
    assert send(anna, "PUT", update_data=value) == (400, refused(message, ("update_data", message)))


@pytest.mark.parametrize(
    ("values", "field", "text"),
    [
        ({"$where": {"Title": "x"}}, "$where", "The operator $where is not allowed here."),
        ({"a.$inc": 1}, "a.$inc", "A field name must not begin with '$'."),
        ({"a\0b": 1}, "a\0b", "A field name must not contain NUL."),
        ({"": 1}, "", "A field name must not be empty."),
        ({"a..b": 1}, "a..b", "A field name must not be empty."),
        ({".": 1}, ".", "A field name must not be empty."),
        ({"_id": "x"}, "_id", "'_id' is set by the service and cannot be written."),
        ({"_sys.version": 7}, "_sys.version", "'_sys' is set by the service and cannot be written."),
        ({"IMDB Rating": "high"}, "IMDB Rating", "Must be a number."),
        (
            {"Director.name": "x"},
            "Director.name",
            "The field 'Director' is of type string and has nothing inside it.",
        ),
        ({"a": {"$b": 1}}, "a.$b", "A field name must not begin with '$'."),
    ],
)
def test_what_cannot_be_set(anna: Tenant, values: dict[str, Any], field: str, text: str) -> None:
    status, body = send(anna, "PUT", update_data=values)
    assert (status, body["errors"]) == (400, [{"field": f"update_data.{field}", "message": text}])


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "GET"])
@pytest.mark.parametrize(
    ("filters", "field", "text"),
    [
        ({"$where": "true"}, "filters.$where", "The operator $where is not allowed here."),
        ({"$jsonSchema": {}}, "filters.$jsonSchema", "The operator $jsonSchema is not allowed here."),
        ({"a": {"$text": {"$search": "a"}}}, "filters.a.$text", "The operator $text is not allowed here."),
        (
            {"$or": [{"a": {"$function": {"body": "x"}}}]},
            "filters.$or.0.a.$function",
            "The operator $function is not allowed here.",
        ),
        ({"$or": []}, "filters.$or", "Must be an array of at least one filter."),
        ({"$or": {}}, "filters.$or", "Must be an array of at least one filter."),
        ({"$and": ["a"]}, "filters.$and.0", "Must be a JSON object."),
        ({"a": {"$in": "b"}}, "filters.a.$in", "Must be an array."),
        ({"_id": "7"}, "filters._id", "Must be an id of 24 hexadecimal digits."),
        ({"_id": {"$in": [4]}}, "filters._id.$in.0", "Must be an id of 24 hexadecimal digits."),
        ({"a": {"$regex": 1}}, "filters.a.$regex", "Must be text without NUL."),
        ({"a": {"$options": "i"}}, "filters.a.$options", "Goes only with $regex."),
        ({"a": {"$size": -1}}, "filters.a.$size", "Must be a whole number that is not negative."),
    ],
)
def test_filters_that_are_refused(anna: Tenant, verb: str, filters: Any, field: str, text: str) -> None:
    if verb == "GET":
        query = {"database_id": anna.database, "collection_name": "films", "filters": json.dumps(filters)}
        status, body = status_and_body(anna.ask("GET /api/crud", params=query))
    else:
        status, body = send(anna, verb, filters=filters)
    assert (status, body["errors"]) == (400, [{"field": field, "message": text}])


PAGES = ["", "x", "1.0", "1e3", " 1", "+1", "0x1", "٣", "12345678901234567890", "NaN", "1\0"]


@pytest.mark.parametrize("value", PAGES)
@pytest.mark.parametrize("name", ["page", "page_size"])
def test_pages_are_whole_numbers(anna: Tenant, name: str, value: str) -> None:
    query = {"database_id": anna.database, "collection_name": "films", name: value}
    message = f"{name} must be a whole number"
    assert status_and_body(anna.ask("GET /api/crud", params=query)) == (400, refused(message, (name, message)))


@pytest.mark.parametrize(
    ("params", "page", "page_size"),
    [
        ({"page": "0"}, 1, 50),
        ({"page": "-3"}, 1, 50),
        ({"page_size": "0"}, 1, 1),
        ({"page_size": "-1"}, 1, 1),
        ({"page_size": "5000"}, 1, 1000),
        ({"page": "0", "page_size": "99999999999"}, 1, 1000),
    ],
)
def test_pages_outside_the_range_are_clamped(
    anna: Tenant, params: dict[str, str], page: int, page_size: int
) -> None:
    query = {"database_id": anna.database, "collection_name": "films", **params}
    status, body = status_and_body(anna.ask("GET /api/crud", params=query))
    assert (status, body["pagination"]["page"], body["pagination"]["page_size"]) == (200, page, page_size)


@pytest.mark.parametrize(
    ("params", "field", "text"),
    [
        ({"page": "2147483647"}, "page", "page is too large: page times page_size must be less than 2147483648"),
        (
            {"page": "3000000", "page_size": "1000"},
            "page",
            "page is too large: page times page_size must be less than 2147483648",
        ),
        ({"filters": "null"}, "filters", "filters must be a JSON object"),
        ({"filters": "[]"}, "filters", "filters must be a JSON object"),
        ({"filters": '"Title"'}, "filters", "filters must be a JSON object"),
        ({"filters": "7"}, "filters", "filters must be a JSON object"),
        ({"filters": '{"a": 1, "a": 2}'}, "filters.a", "The JSON names a key twice in one object: 'a'."),
        ({"sort": "Title,"}, "sort", "A field name must not be empty."),
        ({"sort": "-"}, "sort", "A field name must not be empty."),
        ({"sort": "$natural"}, "sort", "A field name must not begin with '$'."),
        ({"sort": "a\0b"}, "sort", "A field name must not contain NUL."),
        ({"sort": '{"Title": 2}'}, "sort", "sort must give each field 1 or -1"),
        ({"sort": '{"Title": true}'}, "sort", "sort must give each field 1 or -1"),
        ({"sort": '{"Title": {"$meta": "textScore"}}'}, "sort", "sort must give each field 1 or -1"),
        ({"sort": ",".join("abcdefghijklmnopqrstuvwxyzABCDEFG")}, "sort", "At most 31 fields can be sorted by."),
        ({"fields": "Title,"}, "fields", "A field name must not be empty."),
        ({"fields": "Title,-Director"}, "fields", "Fields are either named or excluded, not both."),
        ({"fields": '{"Title": 2}'}, "fields", "fields must give each field 0 or 1"),
        ({"fields": '{"Title": "$Director"}'}, "fields", "fields must give each field 0 or 1"),
        ({"fields": "Title.$"}, "fields", "A field name must not begin with '$'."),
    ],
)
def test_what_a_list_request_may_not_say(anna: Tenant, params: dict[str, str], field: str, text: str) -> None:
    query = {"database_id": anna.database, "collection_name": "films", **params}
    status, body = status_and_body(anna.ask("GET /api/crud", params=query))
    assert (status, body["errors"]) == (400, [{"field": field, "message": text}])


@pytest.mark.parametrize("name", ["filters", "sort", "fields"])
@pytest.mark.parametrize("text", ["{", "{]", '{"a": NaN}', '{"a": 1e999}', "{'a': 1}", '{"a": 1} x'])
def test_parameters_that_hold_json_hold_it(anna: Tenant, name: str, text: str) -> None:
    query = {"database_id": anna.database, "collection_name": "films", name: text}
    status, body = status_and_body(anna.ask("GET /api/crud", params=query))
    assert status == 400
    assert [error["field"] for error in body["errors"]] == [name]
    assert body["message"].startswith("The JSON is not valid: ")


def test_all_errors_of_a_query_are_reported_at_once(anna: Tenant) -> None:
    query = {"filters": "[]", "page": "x", "page_size": "y", "sort": '{"a": 5}', "fields": '{"a": 5}'}
    status, body = status_and_body(anna.ask("GET /api/crud", params=query))
    assert (status, body["message"]) == (400, "The request is not valid.")
    assert [error["field"] for error in body["errors"]] == [
        *("database_id", "collection_name", "filters", "page", "page_size", "sort", "fields")
    ]


NUL = "{} must be a string without NUL"


@pytest.mark.parametrize("name", ["database_id", "collection_name"])
def test_nul_in_the_query_string(anna: Tenant, name: str) -> None:
    query = {"database_id": anna.database, "collection_name": "films", name: "fil\0ms"}
    assert status_and_body(anna.ask("GET /api/crud", params=query)) == (
        400,
        refused(NUL.format(name), (name, NUL.format(name))),
    )


def test_too_many_parameters(anna: Tenant) -> None:
    answer = anna.ask("GET /api/crud", params=[(f"p{n}", "1") for n in range(1001)])
    assert status_and_body(answer) == (413, refused("At most 1000 parameters at once."))


# --- bodies that are no JSON object -----------------------------------------------------------------

DUPLICATE = "The JSON names a key twice in one object: 'a'."


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "The request needs a JSON body."),
        (b"  \n", "The request needs a JSON body."),
        (b"null", "The JSON body must be an object."),
        (b"[]", "The JSON body must be an object."),
        (b'"text"', "The JSON body must be an object."),
        (b"7", "The JSON body must be an object."),
    ],
)
def test_bodies_that_say_nothing_usable(anna: Tenant, verb: str, raw: bytes, message: str) -> None:
    assert status_and_body(anna.ask(f"{verb} /api/crud", content=raw)) == (400, refused(message))


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("raw", "path", "message"),
    [
        (b'{"a": 1, "a": 2}', "a", DUPLICATE),
        (b'{"data": [{"a": 1, "b": {}, "a": 2}]}', "data.0.a", DUPLICATE),
        (b'{"a": 9223372036854775808}', "a", "The integer 9223372036854775808 does not fit in 64 bits."),
        (b'{"a": [-9223372036854775809]}', "a.0", "The integer -9223372036854775809 does not fit in 64 bits."),
    ],
)
def test_bodies_of_which_something_would_be_lost(
    anna: Tenant, verb: str, raw: bytes, path: str, message: str
) -> None:
    assert status_and_body(anna.ask(f"{verb} /api/crud", content=raw)) == (400, refused(message, (path, message)))


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e400}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": 01}',
        b'{"a": 1,}',
        b'{"a": 1} {"b": 2}',
        b"a=1&b=2",
    ],
)
def test_bodies_that_are_not_json(anna: Tenant, verb: str, raw: bytes) -> None:
    status, body = status_and_body(anna.ask(f"{verb} /api/crud", content=raw))
    assert (status, body["errors"]) == (400, [])
    assert body["message"].startswith("The JSON is not valid: ")


def test_compressed_bodies_are_not_unpacked(anna: Tenant) -> None:
    """Check a compressed body: a bomb of 1 GB would be 1 MB on the wire."""
    raw = gzip.compress(json.dumps(body_of(anna, "POST")).encode())
    answer = anna.ask("POST /api/crud", content=raw, headers={"Content-Encoding": "gzip"})
    text = "The body is compressed (Content-Encoding); send it as plain JSON."
    assert status_and_body(answer) == (415, refused(text))


@pytest.mark.parametrize(
    ("raw", "status", "text"),
    [
        ('{"a": 1}'.encode("utf-16"), 400, "The body is not in UTF-8; JSON is read in that encoding alone."),
        (gzip.compress(b"{}", mtime=0), 415, "The body is compressed (Content-Encoding); send it as plain JSON."),
    ],
)
def test_bodies_in_other_encodings(anna: Tenant, raw: bytes, status: int, text: str) -> None:
    assert status_and_body(anna.ask("POST /api/crud", content=raw)) == (status, refused(text))


DEPTH = "The JSON is nested deeper than {} levels (MAX_DEPTH)."


@pytest.mark.parametrize("opening", [(b'{"a":', b"}"), (b"[", b"]")], ids=["objects", "arrays"])
def test_16_kb_of_nesting(anna: Tenant, opening: tuple[bytes, bytes]) -> None:
    begin, end = opening
    times = 16_384 // len(begin + end)
    raw = b'{"a":' + begin * times + b"1" + end * times + b"}"
    assert status_and_body(anna.ask("POST /api/crud", content=raw)) == (413, refused(DEPTH.format(35)))
    query = {"database_id": anna.database, "collection_name": "films", "filters": raw.decode()}
    assert status_and_body(anna.ask("GET /api/crud", params=query)) == (
        413,
        refused(DEPTH.format(32), ("filters", DEPTH.format(32))),
    )


def test_a_document_uses_the_whole_depth_and_no_more(anna: Tenant) -> None:
    text = "Nested deeper than 32 levels (MAX_DEPTH)."
    status, body = send(anna, "POST", data=[{"a": 1}, nested(33)])
    assert (status, [error["message"] for error in body["errors"]]) == (400, [text])
    assert body["errors"][0]["index"] == 1


def test_a_body_over_the_cap(anna: Tenant) -> None:
    message = "The body is larger than 16777216 bytes (MAX_BODY_BYTES)."
    raw = b'{"a": "' + b"x" * (16 << 20) + b'"}'
    for verb in ("POST", "PUT", "DELETE"):
        assert status_and_body(anna.ask(f"{verb} /api/crud", content=raw)) == (413, refused(message))


def test_more_documents_than_a_batch_may_hold(anna: Tenant) -> None:
    message = "At most 10000 documents at once (MAX_BATCH_DOCUMENTS)."
    assert send(anna, "POST", data=[{}] * 10_001) == (413, refused(message))


# --- where, and whose -------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "database", [MISSING_ID, "x", "../admin", "admin", "60C72B2F9B1D8B1A2D3E4567", "%00", "é" * 24]
)
def test_no_such_database(anna: Tenant, verb: str, database: str) -> None:
    assert send(anna, verb, database_id=database) == (404, refused("Not found or access denied"))


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ["Films", "films ", "system.users", "films.x", "$cmd", "f" * 5000])
def test_no_such_collection(anna: Tenant, verb: str, name: str) -> None:
    assert send(anna, verb, collection_name=name) == (404, refused(f"The database has no collection {name!r}."))
