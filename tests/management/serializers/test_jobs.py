"""The requests and responses of imports, exports, clones and other jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

import engine
from management.serializers import jobs
from management.serializers.fields import RequestSerializer, parse
from management.serializers.jobs import CancelJobRequest, CloneRequest, ExportQuery, ImportRequest, JobQuery
from tests.management.serializers.support import DATABASE, errors_of, example_errors, example_of, responses_of

EXPORT = {"database_id": DATABASE, "collection_name": "users"}
DEFAULTS = {"filters": {}, "sort": (), "fields": {}, "format": "json", "system": False}
CLONE = {"database_id": DATABASE, "name": "staging"}
FILE, OTHER = SimpleUploadedFile("a.json", b"[]"), SimpleUploadedFile("b.json", b"[]")
IMPORT = {
    "database_id": DATABASE,
    "json_file": FILE,
    "format": "",
    "columns": {},
    "on_error": "stop",
    "key": "",
    "on_duplicate": "",
    "dry_run": "false",
}
SYSTEM = "system must be true or false"


@pytest.mark.parametrize("values", [{}, {"collection_name": "events"}, {"collection_name": ""}])
def test_an_import_has_one_file(values: dict[str, str]) -> None:
    body = QueryDict(mutable=True)
    body.update({"database_id": DATABASE, **values})
    files = MultiValueDict({"json_file": [FILE]})
    assert parse(ImportRequest, body, files=files) == IMPORT | values


def test_the_options_of_an_import() -> None:
    options = {"format": "csv", "columns": '{"a": null}', "on_error": "skip", "dry_run": "true"}
    files = MultiValueDict({"json_file": [FILE]})
    parsed = parse(ImportRequest, {"database_id": DATABASE, **options}, files=files)
    assert parsed == IMPORT | options | {"columns": {"a": None}}
    wrong = {"format": "xml", "columns": "[]", "on_error": "go", "dry_run": "yes"}
    with pytest.raises(engine.Invalid) as refused:
        parse(ImportRequest, {"database_id": DATABASE, **wrong}, files=files)
    assert [(error.field, error.message) for error in refused.value.errors] == [
        ("format", "format must be one of json, csv, tsv"),
        ("columns", "columns must be a JSON object"),
        ("on_error", "on_error must be one of stop, skip"),
        ("dry_run", "dry_run must be one of true, false"),
    ]


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({}, "json_file is required"),
        ({"file": [FILE]}, "json_file is required"),
        ({"json_file": [FILE, OTHER]}, "Send one file at a time."),
    ],
)
def test_files_that_are_refused(files: dict[str, Any], text: str) -> None:
    with pytest.raises(engine.Invalid) as refused:
        parse(ImportRequest, {"database_id": DATABASE}, files=MultiValueDict(files))
    assert refused.value.errors == (engine.FieldError("json_file", text),)


def test_text_in_place_of_a_file_is_refused() -> None:
    assert errors_of(ImportRequest, {"json_file": "[]"}) == [
        ("database_id", "database_id is required"),
        ("json_file", "json_file is required"),
    ]


@pytest.mark.parametrize(
    ("parameters", "values"),
    [
        ({}, {}),
        ({"filters": "", "sort": "", "fields": "", "format": "", "system": "false"}, {}),
        (
            {"filters": '{"é": 1}', "sort": "a,-b", "fields": "-a"},
            {"filters": {"é": 1}, "sort": (("a", 1), ("b", -1)), "fields": {"a": 0}},
        ),
        ({"format": "csv", "system": "true"}, {"format": "csv", "system": True}),
        ({"format": "xml"}, {"format": "xml"}),  # the service knows the formats
    ],
)
def test_an_export(parameters: dict[str, str], values: dict[str, Any]) -> None:
    assert parse(ExportQuery, {**EXPORT, **parameters}) == {**EXPORT, **DEFAULTS, **values}


@pytest.mark.parametrize(
    ("shape", "values", "errors"),
    [
        *((ExportQuery, {**EXPORT, "system": value}, [("system", SYSTEM)]) for value in ("1", "True", "yes")),
        (ExportQuery, {**EXPORT, "filters": "[]"}, [("filters", "filters must be a JSON object")]),
        (
            ExportQuery,
            {**EXPORT, "filters": '{"a": 1, "a": 1}'},
            [("filters.a", "The JSON names a key twice in one object: 'a'.")],
        ),
        (
            ExportQuery,
            {**EXPORT, "sort": '{"a": 2}', "fields": '{"a": 2}'},
            [("sort", "sort must give each field 1 or -1"), ("fields", "fields must give each field 0 or 1")],
        ),
        (
            ExportQuery,
            {},
            [("database_id", "database_id is required"), ("collection_name", "collection_name is required")],
        ),
        (JobQuery, {}, [("job_id", "job_id is required")]),
        (CancelJobRequest, {"job_id": 7}, [("job_id", "job_id must be a string without NUL")]),
        (CancelJobRequest, {"job_id": "j", "dry_run": True}, [("dry_run", "Unknown parameter dry_run.")]),
        (CloneRequest, {}, [("database_id", "database_id is required"), ("name", "name is required")]),
        (CloneRequest, {**CLONE, "as_of": "2199-01-01"}, [("as_of", "as_of must be in the past")]),
        (CloneRequest, {**CLONE, "asof": "2020-01-01"}, [("asof", "Unknown parameter asof.")]),
    ],
)
def test_requests_that_are_refused(
    shape: type[RequestSerializer], values: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    assert sorted(errors_of(shape, values)) == sorted(errors)


@pytest.mark.parametrize(
    ("members", "as_of"),
    [({}, None), ({"as_of": None}, None), ({"as_of": "2020-01-01T02:00:00+02:00"}, datetime(2020, 1, 1))],
)
def test_a_clone_is_of_now_or_of_a_past_time(members: dict[str, Any], as_of: datetime | None) -> None:
    assert parse(CloneRequest, {**CLONE, **members}) == {**CLONE, "as_of": as_of}


def test_the_examples_of_requests_are_valid() -> None:
    assert parse(CancelJobRequest, example_of(CancelJobRequest)) == example_of(CancelJobRequest)
    assert parse(CloneRequest, example_of(CloneRequest)) == {**example_of(CloneRequest), "as_of": None}


@pytest.mark.parametrize("shape", responses_of(jobs).values(), ids=responses_of(jobs))
def test_the_example_of_a_response_is_valid(shape: Any) -> None:
    assert example_errors(shape) == {}


def test_the_status_of_a_job_has_the_members_of_every_task() -> None:
    fields = jobs.JobStatusResponse().fields
    assert list(fields["task"].choices) == [
        "import",
        "schema",
        "restore",
        "clone",
        "numbering",
        "contents",
        "download",
        "backup",
        "recovery",
    ]
    assert list(fields["state"].choices) == ["queued", "running", "rolling_back", "done", "failed"]
    outcomes = {f"{name}_count" for name in ("inserted", "rejected", "updated", "unchanged", "skipped")}
    counts = {"rows_read", *outcomes, "bytes_read", "bytes_total", "done", "total"}
    assert {name for name, field in fields.items() if not field.required} == {
        *counts,
        "dry_run",
        "result",
        "rollback",
        "cancelled",
    }
    for task in ("import", "restore"):
        example = {**example_of(jobs.ImportStatusResponse), "task": task, "success": False, "message": "No."}
        assert jobs.JobStatusResponse(data=example).is_valid()
