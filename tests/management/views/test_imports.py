"""Imports over HTTP: what is accepted, what is refused, and that a file leaves all of its documents or none."""

from __future__ import annotations

import gzip
import io
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIRequestFactory, force_authenticate

import catalog.services
import engine
from accounts.principal import Principal
from catalog.versions import versions
from management.views import imports
from tests.support import (
    FILMS,
    MISSING_ID,
    NOT_FOUND,
    Tenant,
    Truth,
    make_database,
    refused,
    status_and_body,
    until,
)

NOTHING_CHANGES = pytest.mark.usefixtures("nothing_changes")


@pytest.fixture(autouse=True)
def nothing_spooled(home: Path, anna: Tenant, truth: Truth) -> Any:
    """Check that the file of each of Anna's imports is deleted, unless it was cancelled and may be resumed.

    It is deleted after the job has ended.
    """
    yield
    kept = "WHERE database_id = ? AND plan NOT LIKE '%cancelled%'"
    jobs = truth.rows(f"SELECT id FROM jobs_job {kept}", anna.database)
    until(lambda: not any((home / "spool" / f"{job}.json").exists() for (job,) in jobs))


def array(*documents: Any) -> bytes:
    return json.dumps(list(documents)).encode()


def lines(*documents: Any) -> bytes:
    return b"\n".join(json.dumps(document).encode() for document in documents)


def spooled_with(home: Path, marker: str) -> list[Path]:
    """Return the spooled files that contain `marker`; other tests spool and delete theirs at the same time."""
    spooled = []
    for path in (home / "spool").glob("*"):
        with suppress(FileNotFoundError):
            if marker.encode() in path.read_bytes():
                spooled.append(path)
    return spooled


def new_name() -> str:
    return f"c_{secrets.token_hex(6)}"


def stored(anna: Tenant, collection: str) -> list[dict[str, Any]]:
    documents = anna.find(collection, page_size=1000)["data"]
    return [{name: value for name, value in item.items() if name not in ("_id", "_sys")} for item in documents]


def fields_of(anna: Tenant, collection: str) -> Any:
    described = anna.ask("GET /api/get_metadata", params={"database_id": anna.database}).json()["data"][
        "collections"
    ]
    return next((item["fields"] for item in described if item["name"] == collection), None)


# --- what is read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "documents"),
    [
        (array(*FILMS), FILMS),
        (lines(*FILMS), FILMS),
        (b"\r\n\r\n".join(json.dumps(film).encode() for film in FILMS) + b"\n", FILMS),
        (b"".join(json.dumps(film).encode() for film in FILMS), FILMS),
        (json.dumps(FILMS, indent=4).encode(), FILMS),
        (b"\xef\xbb\xbf" + array(*FILMS), FILMS),
        (array(FILMS[4]), FILMS[4:]),
        (json.dumps(FILMS[4]).encode(), FILMS[4:]),
        (json.dumps(FILMS[4], indent=1).encode(), FILMS[4:]),
        (b" \n[ {} , {} ]\n ", [{}, {}]),
        ('[{"é": "\\u00e9 \\ud83c\\udfac", "]}": "[{\\""}]'.encode(), [{"é": "é 🎬", "]}": '[{"'}]),
    ],
    ids=["array", "lines", "crlf", "no space", "indented", "bom", "one", "object", "lines of one", "empty", "odd"],
)
def test_files(anna: Tenant, content: bytes, documents: list[dict[str, Any]]) -> None:
    name = new_name()
    answer = anna.upload(content, collection_name=name)
    assert status_and_body(answer) == (201, {"success": True, "collection": name, "inserted_count": len(documents)})
    assert stored(anna, name) == documents


@pytest.mark.parametrize("content", [b"[]", b" [ \n ] ", b"", b"\n \n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("into", ["new", "films"])
def test_files_without_documents(anna: Tenant, content: bytes, into: str) -> None:
    before = anna.collections()
    answer = anna.upload(content, collection_name=new_name() if into == "new" else into)
    assert status_and_body(answer) == (200, {"success": True, "message": "No documents to import."})
    assert (anna.collections(), anna.count("films")) == (before, 0)


def test_fields_are_inferred_where_all_values_have_one_type(anna: Tenant) -> None:
    name = new_name()
    documents = [*FILMS, {"flag": True, "list": [1], "Nothing": None, "mixed": 1}, {"mixed": "1", "flag": None}]
    assert anna.upload(array(*documents), collection_name=name).status_code == 201
    assert fields_of(anna, name) == [
        {"name": "Release Date", "type": "string"},
        {"name": "IMDB Rating", "type": "number"},
        {"name": "Source", "type": "string"},
        {"name": "Director", "type": "string"},
        {"name": "Creative Type", "type": "object"},
        {"name": "flag", "type": "boolean"},
        {"name": "list", "type": "array"},
    ]
    anna.insert(name, [{"Title": "text", "US Gross": []}])


def test_into_a_collection_that_is_there(anna: Tenant) -> None:
    name = anna.new_collection({"name": "Release Date", "type": "date"}, {"name": "seen", "default": "never"})
    anna.insert(name, [{"Title": "first"}])
    assert anna.upload(array({"Release Date": "1998-06-12", "new": 1}), collection_name=name).status_code == 201
    assert sorted(stored(anna, name), key=len) == [
        {"Title": "first", "seen": "never"},
        {"Release Date": "1998-06-12", "new": 1, "seen": "never"},
    ]
    assert [field["name"] for field in fields_of(anna, name)] == ["Release Date", "seen"]


@pytest.mark.parametrize(
    ("file", "collection"),
    [
        ("Some Films (1998).json", "some_films__1998_"),
        ("Äpfel.ndjson", "äpfel"),
        ("archive.2024.json", "archive_2024"),
        ("no-extension", "no_extension"),
        ("n" * 150 + ".json", "n" * 100),
        ("../../etc/passwd.json", "passwd"),
        ("C:\\films\\Heat.json", "heat"),
        ("İ.json", "i_"),
    ],
)
def test_without_a_name_the_file_names_the_collection(anna: Tenant, file: str, collection: str) -> None:
    answer = anna.upload(array({"a": 1}), name=file)
    assert status_and_body(answer) == (201, {"success": True, "collection": collection, "inserted_count": 1})
    assert collection in anna.collections()


@pytest.mark.usefixtures("nothing_changes")
def test_two_files_at_once(anna: Tenant) -> None:
    files = [("json_file", (name, b"[{}]", "application/json")) for name in ("one.json", "two.json")]
    answer = anna.ask("POST /api/import_data", data={"database_id": anna.database}, files=files)
    text = "Send one file at a time."
    assert status_and_body(answer) == (400, refused(f"Value Error: {text}", ("json_file", text)))


# --- what is refused ----------------------------------------------------------------------------------

REQUIRED = {name: (name, f"{name} is required") for name in ("database_id", "json_file")}
FILE = {"json_file": ("films.json", b"[]", "application/json")}


@NOTHING_CHANGES
@pytest.mark.parametrize(
    ("data", "files", "errors"),
    [
        ({}, {}, [REQUIRED["database_id"], REQUIRED["json_file"]]),
        ({"database_id": "{id}"}, {"other": FILE["json_file"]}, [REQUIRED["json_file"]]),
        ({"database_id": "{id}", "json_file": "[]"}, {"x": FILE["json_file"]}, [REQUIRED["json_file"]]),
        ({"database_id": "{id}"}, {"json_file": ("", b"[]", "application/json")}, [REQUIRED["json_file"]]),
        ({"database_id": ""}, FILE, [REQUIRED["database_id"]]),
        ({"database_id": "a\0"}, FILE, [("database_id", "database_id must be a string without NUL")]),
        ({}, {**FILE, "database_id": ("id", b"x")}, [("database_id", "database_id must be a string without NUL")]),
    ],
)
def test_forms(anna: Tenant, data: dict[str, str], files: Any, errors: list[tuple[str, str]]) -> None:
    sent = {name: value.replace("{id}", anna.database) for name, value in data.items()}
    answer = anna.ask("POST /api/import_data", data=sent, files=files or {"x": FILE["json_file"]})
    message = errors[0][1] if len(errors) == 1 else "The request is not valid."
    assert status_and_body(answer) == (400, refused(f"Value Error: {message}", *errors))


@NOTHING_CHANGES
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a b", "May only contain letters, digits, '_' and '-'."),
        ("system.users", "May only contain letters, digits, '_' and '-'."),
        ("$x", "May only contain letters, digits, '_' and '-'."),
        ("a\0", "May only contain letters, digits, '_' and '-'."),
        ("n" * 101, "Must have 1 to 100 characters."),
    ],
)
def test_names_of_collections(anna: Tenant, name: str, text: str) -> None:
    answer = anna.upload(array(*FILMS), collection_name=name)
    assert status_and_body(answer) == (400, refused(f"Value Error: {text}", ("collection_name", text)))


@NOTHING_CHANGES
def test_a_name_that_is_a_file(anna: Tenant) -> None:
    files = {**FILE, "collection_name": ("name", b"films")}
    answer = anna.ask("POST /api/import_data", data={"database_id": anna.database}, files=files)
    assert status_and_body(answer) == (
        400,
        refused("Value Error: Must be a string.", ("collection_name", "Must be a string.")),
    )


@NOTHING_CHANGES
def test_a_file_name_that_leaves_no_name(anna: Tenant) -> None:
    text = "Must have 1 to 100 characters."
    answer = anna.upload(array(*FILMS), name=".json")
    assert status_and_body(answer) == (400, refused(f"Value Error: {text}", ("collection_name", text)))


@NOTHING_CHANGES
@pytest.mark.parametrize("database", [MISSING_ID, "x", "é"])
def test_into_an_unknown_database(anna: Tenant, home: Path, database: str) -> None:
    marker = secrets.token_hex(16)
    answer = anna.upload(array({"marker": marker}), database_id=database)
    assert status_and_body(answer) == (404, refused(NOT_FOUND))
    assert spooled_with(home, marker) == []


@NOTHING_CHANGES
@pytest.mark.parametrize(
    ("media", "status"),
    [
        ("application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/mixed; boundary=x", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=" + "x" * 300, 415),
        ("multipart/form-data; boundary=nowhere", 400),
    ],
)
def test_other_content_types(anna: Tenant, media: str, status: int) -> None:
    raw = f'{{"database_id": "{anna.database}"}}'.encode()
    answer = anna.ask("POST /api/import_data", content=raw, headers={"Content-Type": media})
    assert answer.status_code == status
    assert list(answer.json()) == ["success", "message", "errors"]
    if media == "multipart/form-data":
        assert status_and_body(answer) == (400, refused("Value Error: The body is not valid multipart/form-data."))


TOO_EARLY = "Value Error: The body ends too early: its closing boundary is missing."
INVALID_FORM = "Value Error: The body is not valid multipart/form-data."
NOT_READABLE = "Value Error: The body has no readable part: each line of its headers ends with CRLF."


@NOTHING_CHANGES
@pytest.mark.parametrize("documents", [2, 20_000])
def test_an_upload_that_is_cut_off(anna: Tenant, documents: int) -> None:
    head = (
        f'--x\r\nContent-Disposition: form-data; name="database_id"\r\n\r\n{anna.database}\r\n'
        '--x\r\nContent-Disposition: form-data; name="json_file"; filename="a.json"\r\n\r\n'
    ).encode()
    body = head + array(*({"n": n, "s": "x" * 80} for n in range(documents))) + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    def answer(content: bytes) -> tuple[int, Any]:
        return status_and_body(anna.ask("POST /api/import_data", content=content, headers=headers))

    for length in (20, len(head) // 3, len(head), len(head) + 100, len(body) // 2, len(body) - 4, len(body) - 9):
        assert answer(body[:length]) == (400, refused(TOO_EARLY)), length
    status, refusal = answer(body.replace(b"\r\n", b"\n"))
    assert (status, refusal["message"]) in ((400, NOT_READABLE), (400, INVALID_FORM))
    latin = body.replace(b'filename="a.json"', b"filename*=UTF-8''na%EFve.json")
    assert answer(latin) == (
        400,
        refused("Value Error: The names and texts of the form must be UTF-8, without U+FFFD."),
    )


@NOTHING_CHANGES
def test_too_many_parts(anna: Tenant) -> None:
    fields = anna.ask("POST /api/import_data", data={f"f{n}": "x" for n in range(1001)}, files=FILE)
    assert status_and_body(fields) == (413, refused("At most 1000 parameters at once."))
    files = anna.ask("POST /api/import_data", files=[(f"f{n}", FILE["json_file"]) for n in range(101)])
    assert status_and_body(files) == (413, refused("At most 100 files at once."))


BROKEN = [
    (b'[{"a": 1}, {"a": 2}', "The file ends inside its array.", 19, 2),
    (b'[{"a": 1}, {"a": 2', "The file ends inside a document.", 11, 1),
    (b'[{"a": 1} {"a": 2}]', "Expected ',' or ']' here.", 10, 1),
    (b'[{"a": 1}, 7]', "Expected an object here.", 11, 1),
    (b'[{"a": 1}, ]', "Expected an object here.", 11, 1),
    (b'[{"a": 1}, null, {}]', "Expected an object here.", 11, 1),
    (b'[{"a": 1}]]', "Unexpected data after the end of the array.", 10, 1),
    (b'[{"a": 1}]\n[{"a": 2}]', "Unexpected data after the end of the array.", 11, 1),
    (b'{"a": 1}\n{"a": 2}\n{"a": }\n', "The JSON is not valid: ", 24, 2),
    (b'{"a": 1}\n{"a": 2}\nnull\n', "Expected an object here.", 18, 2),
    (b'{"a": 1}\n{"a": 2}\n{"a": "\xff"}\n', "The JSON is not valid: ", 25, 2),
    (b'{"a": 1}\n{"a": 1, "a": 2}\n', "The JSON names a key twice in one object: 'a'.", 9, 1),
    (b'{"a": 1}\n{"a": 1e400}\n', "The JSON is not valid: ", 15, 1),
    (
        b'{"a": 1}\n{"a": ' + b"[" * 40 + b"]" * 40 + b"}",
        "The JSON is nested deeper than 32 levels (MAX_DEPTH).",
        9,
        1,
    ),
    (b'"films"', "The file must hold an array of objects, one object, or one object a line.", 0, 0),
    (b"Title,US Gross\nSlam,1", "The file must hold an array of objects, one object, or one object a line.", 0, 0),
]


@pytest.mark.parametrize("into", ["new", "there"])
@pytest.mark.parametrize(("content", "text", "byte", "row"), BROKEN)
def test_a_broken_file_leaves_nothing(
    anna: Tenant, into: str, content: bytes, text: str, byte: int, row: int
) -> None:
    name = new_name()
    if into == "there":
        anna.add({"name": name, "fields": [{"name": "x"}]})
        anna.insert(name, [{"before": 1}])
    before = anna.collections()
    status, body = status_and_body(anna.upload(content, collection_name=name))
    (error,) = body["errors"]
    assert (status, error["field"], error["index"]) == (400, "json_file", row)
    assert body["message"] == f"Value Error: {error['message']}"
    assert error["message"].startswith(text)
    assert error["message"].endswith(f" (byte {byte}, row {row})")
    assert anna.collections() == before
    assert into == "new" or stored(anna, name) == [{"before": 1}]


@pytest.mark.parametrize("pack", [array, lines])
def test_errors_are_reported_by_row_and_nothing_is_left(anna: Tenant, pack: Any) -> None:
    name = anna.new_collection({"name": "n", "type": "number", "required": True})
    rows = [{"n": number} for number in range(2500)]
    rows[1203], rows[1700] = {"n": "x", "$a": 1}, {"_id": 7}
    status, body = status_and_body(anna.upload(pack(*rows), collection_name=name))
    assert status == 400
    assert sorted((error["index"], error["field"], error["message"]) for error in body["errors"]) == [
        (1203, "$a", "A field name must not begin with '$'."),
        (1203, "n", "Must be a number."),
        (1700, "_id", "'_id' is set by the service and cannot be written."),
        (1700, "n", "This field is required."),
    ]
    assert anna.count(name) == 0


def test_a_duplicate_value_rolls_everything_back(anna: Tenant) -> None:
    name = anna.new_collection({"name": "Title", "unique": True})
    anna.insert(name, [{"Title": "film 1800"}, {"Title": "other"}])
    rows = [{"Title": f"film {number}"} for number in range(2500)]
    text = "Another document already has this value; Title must be unique."
    assert status_and_body(anna.upload(array(*rows), collection_name=name)) == (
        409,
        refused(text, ("Title", text, 1800)),
    )
    assert [item["Title"] for item in stored(anna, name)] == ["film 1800", "other"]
    rows[1800] = {"Title": "film 7"}
    assert status_and_body(anna.upload(array(*rows), collection_name=name)) == (
        409,
        refused(text, ("Title", text, 1800)),
    )
    assert anna.count(name) == 2
    del rows[1800]
    assert anna.upload(array(*rows), collection_name=name).status_code == 201
    assert anna.count(name) == 2501


def test_what_a_failed_import_left_in_storage_is_swept_unseen(anna: Tenant, truth: Truth) -> None:
    name = new_name()
    rows = [{"n": number} for number in range(1500)]
    assert anna.upload(array(*rows) + b"x", collection_name=name).status_code == 400
    assert truth.rows("SELECT state FROM catalog_collection WHERE name = ?", name) == [("dropping",)]
    assert anna.upload(array(*rows[:3]), collection_name=name).status_code == 201
    assert anna.count(name) == 3


@pytest.mark.parametrize(("size", "status"), [(1000, 201), (1001, 413), (1001 + (64 << 10), 413)])
def test_the_cap_of_a_file(settings: Any, owner: Principal, tmp_path: Path, size: int, status: int) -> None:
    """Check the limit in this process, where it can be small: a body of an excessive length is not read."""
    versions()  # the first use creates a file in the spool
    settings.MAX_IMPORT_BYTES, settings.SPOOL = 1000, tmp_path
    fields = [{"name": "n"}]
    database, _ = catalog.services.creation.create_database(
        owner, name="d", collections=[{"name": "films", "fields": fields}]
    )
    content = b'{"n": "' + b"x" * (size - 9) + b'"}'
    form = {"database_id": database.id, "json_file": SimpleUploadedFile("films.json", content)}
    request = APIRequestFactory().post("/api/import_data", form)
    force_authenticate(request, user=owner)
    answer = imports.ImportData.as_view()(request).render()
    assert answer.status_code == status
    refusal = refused("The file is larger than 1000 bytes (MAX_IMPORT_BYTES).")
    assert status == 201 or json.loads(answer.content) == refusal
    # A process that has not used the catalog before makes this file in the spool.
    assert {path.name for path in tmp_path.iterdir()} <= {"catalog-versions"}


# --- large files --------------------------------------------------------------------------------------

MANY = 18_000


@pytest.fixture(scope="module")
def large() -> bytes:
    """Return a file of more than 1 MiB."""
    content = array(*({"n": number, "US Gross": number / 7, "Title": f"film {number}"} for number in range(MANY)))
    assert len(content) > 1 << 20
    return content


def ended(anna: Tenant, job: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        status = anna.ask("GET /api/import_status", params={"job_id": job}).json()
        return status if status["state"] in ("done", "failed") else None

    return until(look, every=0.05)


def accepted(anna: Tenant, content: bytes, name: str, **form: str) -> str:
    answer = anna.upload(content, collection_name=name, **form)
    body = answer.json()
    assert (answer.status_code, list(body)) == (202, ["success", "job_id", "status_url"])
    assert body["status_url"].endswith(f"/api/import_status?job_id={body['job_id']}")
    assert len(body["job_id"]) == 32
    return body["job_id"]


def test_a_large_file_is_a_job(anna: Tenant, large: bytes) -> None:
    name = new_name()
    job = accepted(anna, large, name)
    seen = [name in anna.collections() and anna.count(name)]
    status = ended(anna, job)
    assert seen[0] in (False, MANY)
    times = status.pop("created_at"), status.pop("finished_at")
    assert status.pop("rate") > 0
    assert times[0] < times[1] and all(text.endswith("Z") for text in times)
    assert status == {
        "success": True,
        "job_id": job,
        "task": "import",
        "state": "done",
        "cancelled": False,
        "collection": name,
        "rows_read": MANY,
        "inserted_count": MANY,
        "rejected_count": 0,
        "percent": 100.0,
        "seconds_left": None,
        "bytes_read": len(large),
        "bytes_total": len(large),
        "message": "",
        "errors": [],
    }
    assert anna.count(name) == MANY
    assert fields_of(anna, name) == [
        {"name": "n", "type": "number"},
        {"name": "US Gross", "type": "number"},
        {"name": "Title", "type": "string"},
    ]


@pytest.mark.parametrize("into", ["new", "there"])
def test_a_large_file_that_breaks_at_its_end(anna: Tenant, large: bytes, into: str) -> None:
    name = new_name() if into == "new" else anna.new_collection({"name": "n", "type": "number"})
    if into == "there":
        anna.insert(name, [{"n": -1}])
    status = ended(anna, accepted(anna, large[:-1] + b",", name))
    text = f"The file ends too early. (byte {len(large)}, row {MANY})"
    assert (status["success"], status["state"], status["inserted_count"]) == (False, "failed", 0)
    assert status["message"] == text
    assert status["errors"] == [{"field": "json_file", "message": text, "index": MANY}]
    assert name not in anna.collections() if into == "new" else stored(anna, name) == [{"n": -1}]


def test_one_mebibyte_is_large(anna: Tenant) -> None:
    content = array({"text": ""})
    padded = content.replace(b'""', b'"' + b"x" * ((1 << 20) - len(content)) + b'"')
    assert (len(padded), anna.upload(padded[:-3] + b"}]", collection_name="small").status_code) == (1 << 20, 400)
    just_less = padded.replace(b"x", b"", 1)
    assert anna.upload(just_less, collection_name="small").status_code == 201
    assert ended(anna, accepted(anna, padded, "small"))["inserted_count"] == 1


def test_the_status_of_unknown_and_foreign_jobs(anna: Tenant, ben: Tenant) -> None:
    job = ben.upload(array({"a": 1})).json()
    assert job["success"] is True
    for value in (MISSING_ID, "0" * 32, "x", "%", "é"):
        assert status_and_body(anna.ask("GET /api/import_status", params={"job_id": value})) == (
            404,
            refused(NOT_FOUND),
        )


def test_a_job_is_shown_to_its_own_database_only(anna: Tenant, ben: Tenant, large: bytes) -> None:
    job = accepted(anna, large, new_name())
    elsewhere, _ = make_database(anna.client, anna.bearer)
    for auth in (ben.bearer, ben.api_key, anna.new_key(databases=[elsewhere])):
        assert status_and_body(anna.ask("GET /api/import_status", auth=auth, params={"job_id": job})) == (
            404,
            refused(NOT_FOUND),
        )
    assert anna.ask("GET /api/import_status", auth=anna.api_key, params={"job_id": job}).status_code == 200
    ended(anna, job)


# --- several at once ----------------------------------------------------------------------------------


def test_two_imports_into_one_new_collection(anna: Tenant) -> None:
    """Check that one creates it; the other adds to the complete collection, or fails and leaves nothing."""
    files = [array(*({"file": file, "n": n} for n in range(1500))) for file in range(3)]
    for name in (new_name(), new_name()):
        with ThreadPoolExecutor(3) as pool:
            uploads = [pool.submit(anna.upload, file, collection_name=name) for file in files]
        statuses = [call.result().status_code for call in uploads]
        assert set(statuses) <= {201, 409} and 201 in statuses
        files_found = {item["file"] for item in anna.find(name, page_size=1000)["data"]}
        assert anna.count(name) == 1500 * statuses.count(201)
        assert files_found <= {file for file, status in enumerate(statuses) if status == 201}


def test_a_database_that_is_dropped_under_a_job(anna: Tenant, large: bytes, truth: Truth) -> None:
    database, name = make_database(anna.client, anna.bearer)
    (physical,) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", database)
    job = accepted(anna, large, new_name(), database_id=database)
    answer = anna.ask("DELETE /api/drop_database", json={"database_id": database, "confirmation": name})
    assert answer.status_code == 200
    query = "SELECT state, message FROM jobs_job WHERE id = ? AND state IN ('done', 'failed')"
    ((state, message),) = until(lambda: truth.rows(query, job))
    assert (state, message) in (("done", ""), ("failed", NOT_FOUND))
    assert status_and_body(anna.ask("GET /api/import_status", params={"job_id": job})) == (404, refused(NOT_FOUND))
    until(lambda: physical[0] not in truth.physical_databases())


def test_a_dropped_target_is_not_filled_further(anna: Tenant, truth: Truth) -> None:
    name = anna.new_collection({"name": "n", "type": "number"})
    content = b"\n".join(b'{"n": %d, "note": "%s"}' % (number, b"x" * 40) for number in range(60_000))
    job = anna.upload(content, name="many.json", collection_name=name).json()["job_id"]
    body = {"database_id": anna.database, "collection_names": [name]}
    assert anna.ask("DELETE /api/drop_collections", json=body).status_code == 200

    def ended() -> Any:
        status = anna.ask("GET /api/import_status", params={"job_id": job}).json()
        return status if status["state"] in ("done", "failed") else None

    status = until(ended)
    (row,) = truth.rows("SELECT physical FROM catalog_database WHERE public_id = ?", anna.database)
    # A batch that was on its way may create the collection again, which is swept.
    until(lambda: not any(stored.startswith(name) for stored in truth.documents(row[0])))
    assert status["state"] in ("failed", "done")


EXPORTED = (
    b'{"_id":{"$oid":"60c72b2f9b1d8b1a2d3e4567"},"at":{"$date":"2023-10-27T08:00:00.120Z"},"n":7,"price":'
    b'{"$numberDecimal":"1.50"},"deep":{"at":{"$date":"2020-01-01T00:00:00Z"}},"raw":{"$binary":{"base64":"AAE=",'
    b'"subType":"00"}},"ref":{"$oid":"60c72b2f9b1d8b1a2d3e0000"}}\n'
    b'{"_id":{"$oid":"60c72b2f9b1d8b1a2d3e4568"},"at":{"$date":"2024-02-29T00:00:00Z"},"n":8}\n'
)
CANONICAL = (
    b'{"_id":{"$oid":"60c72b2f9b1d8b1a2d3e4567"},"at":{"$date":{"$numberLong":"1698393600120"}},"n":'
    b'{"$numberLong":"7"},"x":{"$numberDouble":"1.0"},"i":{"$numberInt":"3"}}\n'
)


@pytest.mark.parametrize(("format", "content"), [("extended", EXPORTED), ("canonical", CANONICAL)])
def test_a_file_of_mongoexport_comes_in_and_goes_out_unchanged(anna: Tenant, format: str, content: bytes) -> None:
    name = new_name()
    assert anna.upload(content, collection_name=name).status_code == 201
    address = f"GET /api/export?database_id={anna.database}&collection_name={name}"
    assert anna.ask(f"{address}&format={format}").content == content
    documents = anna.find(name, filters=json.dumps({"at": {"$lt": "2024-01-01"}}))["data"]
    assert [item["_id"] for item in documents] == ["60c72b2f9b1d8b1a2d3e4567"]


@pytest.mark.parametrize(
    ("content", "index", "text"),
    [
        (b'{"_id":{"$oid":"60c72b2f9b1d8b1a2d3e4567"}}\n' * 2, 1, "Another document of the file has the same _id."),
        (b'{"a": 1}\n{"a": {"$date": "yesterday"}}', 1, "Must be an ISO 8601 date"),
        (b'{"a": {"$numberLong": "9223372036854775808"}}', 0, "This is not a valid $numberLong of extended JSON."),
        (
            b'{"a": {"$regularExpression": {"pattern": "a\\u0000", "options": ""}}}',
            0,
            "This is not a valid $regularExpression of extended JSON.",
        ),
        (b'{"a": {"$where": "1"}}', 0, "A field name must not begin with"),
    ],
)
def test_extended_json_that_is_not_valid(anna: Tenant, content: bytes, index: int, text: str) -> None:
    name = new_name()
    answer = anna.upload(content, collection_name=name)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["index"], text in str(error)) == (400, index, True)
    assert name not in anna.collections()


# --- tables, compressed files, and rows with errors -------------------------------------------------------


def test_a_table_is_imported_and_exported_unchanged(anna: Tenant) -> None:
    name = new_name()
    content = b'who,born,tags\r\nAda,1815-12-10,"[""math""]"\r\nBob,,\r\n'
    answer = anna.upload(gzip.compress(content), name=f"{name}.csv.gz")
    assert status_and_body(answer) == (201, {"success": True, "collection": name, "inserted_count": 2})
    described = anna.ask(
        "GET /api/export", params=source(anna, name) | {"format": "csv", "fields": "who,born,tags"}
    )
    assert [line.partition(b",")[2] for line in described.content.splitlines()] == content.splitlines()
    again = anna.upload(described.content, name="x.csv", collection_name=name, columns='{"_id": null}')
    assert (again.status_code, anna.count(name)) == (201, 4)


def source(anna: Tenant, name: str) -> dict[str, str]:
    return {"database_id": anna.database, "collection_name": name}


def test_rows_with_errors_are_skipped_and_downloaded(anna: Tenant, ben: Tenant) -> None:
    name = anna.new_collection({"name": "n", "type": "number", "required": True})
    answer = anna.upload(b"n,x\n1,a\nbad,b\n,c\n4,d,e\n", name="a.csv", collection_name=name, on_error="skip")
    body = answer.json()
    job = body.pop("rejects_url").partition("job_id=")[2]
    assert (answer.status_code, body) == (
        201,
        {"success": True, "collection": name, "inserted_count": 1, "rejected_count": 3},
    )
    rejects = anna.ask("GET /api/import_rejects", params={"job_id": job})
    assert rejects.headers["Content-Disposition"] == f'attachment; filename="{name}-rejected.ndjson"'
    assert [json.loads(line) for line in rejects.content.splitlines()] == [
        {"row": 1, "errors": [{"field": "n", "message": "Must be a number."}], "document": {"n": "bad", "x": "b"}},
        {"row": 2, "errors": [{"field": "n", "message": "This field is required."}], "document": {"x": "c"}},
        {
            "row": 3,
            "errors": [{"field": "", "message": "The row has more cells than the table has columns (2)."}],
            "document": {"n": 4, "x": "d"},
        },
    ]
    foreign = ben.ask("GET /api/import_rejects", params={"job_id": job})
    assert status_and_body(foreign) == (404, refused(NOT_FOUND))
    reader = anna.ask("GET /api/import_rejects", auth=anna.new_key(actions=["read"]), params={"job_id": job})
    assert reader.status_code == 403
    assert stored(anna, name) == [{"n": 1, "x": "a"}]


@NOTHING_CHANGES
def test_a_dry_run_shows_the_beginning(anna: Tenant) -> None:
    name = new_name()
    answer = anna.upload(b"A,b\n1,x\n2,\n", name=f"{name}.csv", dry_run="true", columns='{"A": "a"}')
    assert status_and_body(answer) == (
        200,
        {
            "success": True,
            "dry_run": True,
            "collection": name,
            "creates_collection": True,
            "format": "csv",
            "fields": [{"name": "a", "type": "number"}, {"name": "b", "type": "string"}],
            "checked_count": 2,
            "errors": [],
            "documents": [{"a": 1, "b": "x"}, {"a": 2}],
        },
    )


@pytest.mark.parametrize(
    ("content", "form", "errors"),
    [
        (b"a\n1\n", {"columns": '{"b": "c"}'}, [("columns.b", "The file has no column 'b'.")]),
        (b"a\n1\n", {"columns": '{"a": {"type": "x"}}'}, [("columns.a", "Unknown type 'x'.")]),
        (
            b"[]",
            {"format": "json", "columns": '{"a": "b"}'},
            [("columns", "A JSON file has no columns; only CSV and TSV files have.")],
        ),
        (
            b"a\n1\n",
            {"on_error": "go", "dry_run": "1"},
            [("on_error", "on_error must be one of stop, skip"), ("dry_run", "dry_run must be one of true, false")],
        ),
        (gzip.compress(b"a\n1\n" * 99, mtime=0)[:-4], {}, [("json_file", "The file is not complete, valid gzip.")]),
    ],
)
def test_refused_tables(anna: Tenant, content: bytes, form: dict[str, str], errors: list[tuple[str, str]]) -> None:
    before = anna.collections()
    answer = anna.upload(content, name=f"{new_name()}.csv", **form)
    found = [(error["field"], error["message"]) for error in answer.json()["errors"]]
    assert (answer.status_code, found, anna.collections()) == (400, errors, before)


def test_a_small_file_that_holds_much_is_a_job(anna: Tenant) -> None:
    bomb = gzip.compress(b"n\n" + b"1\n" * 600_000, mtime=0)
    assert len(bomb) < 10_000
    answer = anna.upload(bomb, name=f"{new_name()}.csv.gz")
    job = answer.json()["job_id"]
    assert answer.status_code == 202
    assert anna.ask("POST /api/cancel_job", json={"job_id": job}).status_code in (202, 409)
    until(lambda: anna.ask("GET /api/import_status", params={"job_id": job}).json()["state"] in ("done", "failed"))


def test_rows_find_their_documents_by_a_key(anna: Tenant) -> None:
    name = anna.new_collection({"name": "code", "unique": True}, {"name": "n", "type": "number"})
    anna.insert(name, [{"code": "a", "n": 1, "kept": True}, {"code": "b", "n": 2}])
    rows = array({"code": "a", "n": 5}, {"code": "b", "n": 2}, {"code": "c", "n": 3})
    form = {"collection_name": name, "key": "code"}
    status, body = status_and_body(anna.upload(rows, **form))
    assert (status, [error["index"] for error in body["errors"]]) == (409, [0, 1])
    assert status_and_body(anna.upload(rows, **form, on_duplicate="upsert")) == (
        201,
        {
            "success": True,
            "collection": name,
            "inserted_count": 1,
            "updated_count": 1,
            "unchanged_count": 1,
            "skipped_count": 0,
        },
    )
    assert stored(anna, name)[0] == {"code": "a", "n": 5, "kept": True}
    answer = anna.upload(array({"code": "a"}), **form, on_duplicate="replace")
    assert (answer.status_code, stored(anna, name)[0]) == (200, {"code": "a"})
    status, body = status_and_body(anna.upload(rows, collection_name=name, on_duplicate="x"))
    assert (status, [error["field"] for error in body["errors"]]) == (400, ["on_duplicate", "key"])


@pytest.mark.parametrize(
    ("media", "text"),
    [
        ("text/csv", "n,t\n1,x\n2,ä\n"),
        ("text/tab-separated-values; charset=utf-8", "n\tt\n1\tx\n2\tä\n"),
        ("application/x-ndjson", '{"n": 1, "t": "x"}\n{"n": 2, "t": "ä"}\n'),
        ("application/json", '[{"n": 1, "t": "x"}, {"n": 2, "t": "ä"}]'),
    ],
)
def test_a_text_is_imported_like_a_file(anna: Tenant, media: str, text: str) -> None:
    name = new_name()
    params = {"database_id": anna.database, "collection_name": name}

    def send(content: str, media: str = media, **options: str) -> Any:
        headers = {"Content-Type": media}
        return anna.ask("POST /api/import_text", params=params | options, content=content.encode(), headers=headers)

    answer = send(text)
    assert status_and_body(answer) == (201, {"success": True, "collection": name, "inserted_count": 2})
    assert stored(anna, name) == [{"n": 1, "t": "x"}, {"n": 2, "t": "ä"}]
    again = send(text, key="n", on_duplicate="skip").json()
    assert (again["inserted_count"], again["skipped_count"]) == (0, 2)
    assert send(text, dry_run="true").json()["checked_count"] == 2
    assert send("", "text/csv").status_code == 400
    assert send(text, "text/html").status_code == 415


def test_a_text_has_the_cap_of_a_body(settings: Any) -> None:
    settings.MAX_BODY_BYTES = 4
    assert imports.TextParser().parse(io.BytesIO(b"abcd")) == b"abcd"
    with pytest.raises(engine.TooLarge, match="import_data"):
        imports.TextParser().parse(io.BytesIO(b"abcde"))


def test_jobs_are_listed(anna: Tenant, ben: Tenant) -> None:
    name = new_name()
    anna.upload(array({"n": 1}), collection_name=name)
    params = {"database_id": anna.database, "task": "import", "state": "done", "page_size": "1"}
    answer = anna.ask("GET /api/jobs", params=params).json()
    (job,) = answer["data"]
    assert (job["database_id"], job["collection"], job["inserted_count"]) == (anna.database, name, 1)
    assert answer["pagination"]["total_items"] >= 1
    assert status_and_body(ben.ask("GET /api/jobs", params=params)) == (404, refused(NOT_FOUND))
    everything = ben.ask("GET /api/jobs").json()["data"]
    assert all(item["database_id"] != anna.database for item in everything)
    status, body = status_and_body(anna.ask("GET /api/jobs", params={"state": "x", "page": "0"}))
    assert status == 400, body


def test_a_dry_run_with_a_key_counts_what_rows_would_do(anna: Tenant) -> None:
    name = anna.new_collection({"name": "a", "type": "number"})
    anna.insert(name, [{"a": 1}])
    options = {"dry_run": "true", "key": "a", "on_duplicate": "skip"}
    preview = anna.upload(b"a\n1\n2\nx\n", name=f"{name}.csv", **options).json()
    counts = ("checked", "inserted", "updated", "unchanged", "skipped", "rejected")
    assert [preview[f"{count}_count"] for count in counts] == [3, 1, 0, 0, 1, 1]
    assert [error["index"] for error in preview["errors"]] == [2]
