"""The response bodies of the management API."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

import engine
from features.jobs.services import Status
from management import render

AT = datetime(2026, 11, 20, 10)
STATUS = Status(
    job_id="j1",
    database_id="d",
    task="import",
    state="running",
    dry_run=False,
    cancelled=False,
    at="",
    result={},
    collection="events",
    inserted_count=120,
    percent=60.0,
    done=6,
    total=10,
    message="",
    errors=[],
    kind="",
    created_at=AT,
    finished_at=None,
)


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (engine.NotFound("None."), {"message": "None.", "errors": []}),
        (engine.Invalid("No."), {"message": "Value Error: No.", "errors": []}),
        (
            engine.Invalid.of_field("collections.0.name", "No.", index=1),
            {
                "message": "Value Error: No.",
                "errors": [{"field": "collections.0.name", "message": "No.", "index": 1}],
            },
        ),
        (engine.TooLarge("Much."), {"message": "Much.", "errors": []}),
        (engine.Unauthenticated("Who?"), {"message": "Who?", "errors": [], "detail": "Who?"}),
        (engine.Outdated("Old.", details={"current": 2}), {"message": "Old.", "errors": [], "current": 2}),
    ],
)
def test_the_message_of_a_400_alone_has_a_prefix(error: engine.Error, body: dict[str, Any]) -> None:
    assert render.envelope(error) == {"success": False, **body}


def test_two_routes_repeat_the_text_of_a_400_without_the_prefix() -> None:
    body = {"success": False, "message": "Value Error: No.", "errors": [], "error": "No."}
    assert render.envelope_with_error(engine.Invalid("No.")) == body
    not_found = {"success": False, "message": "None.", "errors": []}
    assert render.envelope_with_error(engine.NotFound("None.")) == not_found


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (engine.Invalid("No."), {"error": "No."}),
        (engine.NotFound("None."), {"error": "None."}),
        (engine.Unauthenticated("Who?"), {"error": "Who?", "detail": "Who?"}),
    ],
)
def test_an_error_below_core_is_one_text(error: engine.Error, body: dict[str, Any]) -> None:
    assert render.core_envelope(error) == body


def test_a_collection_is_created_or_exists() -> None:
    items = [SimpleNamespace(name="é", existed=False), SimpleNamespace(name="users", existed=True)]
    assert render.created_collections(items) == [
        {"name": "é", "created": True, "exists": False, "error": None},
        {"name": "users", "created": False, "exists": True, "error": None},
    ]
    assert render.created_collections([]) == []


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (10, 1), (11, 2), (20, 2)])
def test_pages_are_counted(total: int, pages: int) -> None:
    body = {"page": 3, "page_size": 10, "total_items": total, "total_pages": pages}
    assert render.pagination(page=3, page_size=10, total=total) == body


def test_the_dashboard_has_the_names_of_the_databases() -> None:
    databases = [{"id": "d", "name": "crm", "team": 7}]
    assert render.dashboard_stats(databases, calls=128, since=AT) == {
        "usage": {"api_calls_current_month": 128, "last_reset_date": AT},
        "databases": [{"id": "d", "name": "crm"}],
    }


def test_the_dashboard_counts_the_fields_of_a_database() -> None:
    named = {"_id": "d", "user_id": "1", "displayName": "crm", "dbName": "crm_x_V2"}
    collections = [{"name": "users", "fields": [{}, {}]}, {"name": "orders", "fields": [{}]}]
    counts = [{"name": "users", "num_documents": 9}, {"name": "new", "num_documents": 0}]
    assert render.dashboard_database({**named, "collections": collections}, counts) == {
        "database": named,
        "collections": [
            {"name": "users", "num_documents": 9, "field_count": 2},
            {"name": "new", "num_documents": 0, "field_count": 0},
        ],
        "stats": {"collection_count": 2, "total_fields": 2},
    }


def test_an_import_without_documents_says_so() -> None:
    body = {"success": True, "collection": "events", "inserted_count": 120}
    assert render.imported(STATUS) == body
    nothing = {"success": True, "message": "No documents to import."}
    assert render.imported(replace(STATUS, inserted_count=0)) == nothing


def test_an_import_names_the_list_of_rejected_rows(settings: Any) -> None:
    settings.BASE_URL = "https://db.example.com"
    counts = {"inserted_count": 0, "rejected_count": 3}
    assert render.imported(replace(STATUS, **counts)) == {
        "success": True,
        "collection": "events",
        **counts,
        "rejects_url": "https://db.example.com/api/import_rejects?job_id=j1",
    }


JOB = {
    "success": True,
    "job_id": "j1",
    "task": "import",
    "state": "running",
    "collection": "events",
    "percent": 60.0,
    "message": "",
    "errors": [],
    "created_at": AT,
    "finished_at": None,
    "rate": None,
    "seconds_left": None,
}
BYTES = {
    "rows_read": 0,
    "inserted_count": 120,
    "rejected_count": 0,
    "bytes_read": 6,
    "bytes_total": 10,
    "cancelled": False,
}
COUNTS = {"done": 6, "total": 10, "dry_run": False, "result": {}}


@pytest.mark.parametrize(
    ("changes", "members"),
    [
        ({}, BYTES),
        ({"state": "done", "finished_at": AT}, BYTES),
        ({"state": "rolling_back", "cancelled": True}, {**BYTES, "cancelled": True}),
        *(({"task": task}, COUNTS) for task in ("schema", "restore", "clone")),
        ({"task": "schema", "dry_run": True, "result": {"a": 1}}, {**COUNTS, "dry_run": True, "result": {"a": 1}}),
        ({"state": "failed", "message": "No."}, {**BYTES, "success": False}),
    ],
)
def test_a_job_has_the_counts_of_its_task(changes: dict[str, Any], members: dict[str, Any]) -> None:
    own = {name: value for name, value in changes.items() if name in JOB}
    assert render.job(replace(STATUS, **changes)) == {**JOB, **own, **members}


def test_an_import_with_a_key_counts_each_outcome() -> None:
    counts = {"updated": 2, "unchanged": 0, "skipped": 1}
    status = replace(STATUS, result={"inserted": 120, **counts}, rate=40.5, seconds_left=3, rows=123)
    members = {"updated_count": 2, "unchanged_count": 0, "skipped_count": 1}
    speed = {"rate": 40.5, "seconds_left": 3, "rows_read": 123}
    assert render.job(status) == {**JOB, **BYTES, **members, **speed}
    listed = render.listed_job(status)
    assert (listed.pop("database_id"), {"success": True, **listed}) == ("d", render.job(status))
    assert render.imported(replace(status, inserted_count=0)) == {
        "success": True,
        "collection": "events",
        "inserted_count": 0,
        **members,
    }


def test_a_changed_schema_reports_the_documents() -> None:
    lists: dict[str, list[Any]] = {"examples": [{"field": "age"}], "reasons": [], "indexes": []}
    status = replace(STATUS, dry_run=True, result={"changed": 151, "unfit": 1, "other": 2, **lists})
    counts = {"changed_count": 151, "invalid_count": 1}
    assert render.schema_changed(status) == {"success": True, "dry_run": True, "job_id": "j1", **counts, **lists}


def test_a_clone_counts_documents_and_files() -> None:
    status = replace(STATUS, result={"database_id": "e", "copied": 992, "files": 3})
    assert render.cloned(status, name="staging") == {
        "success": True,
        "job_id": "j1",
        "database": {"id": "e", "name": "staging"},
        "copied_count": 992,
        "files_count": 3,
    }
