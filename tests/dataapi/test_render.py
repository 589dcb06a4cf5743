"""The response bodies of the data API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId

import engine
from dataapi import render
from engine.events import Token
from engine.handles import ChangeEvent
from engine.history import ABSENT, Difference, VersionPage
from engine.indexes import Index, TextOptions
from engine.query import Count
from engine.read import Distinct, Explanation
from engine.schema import Collation
from engine.update import Replacement
from engine.write import Operation, Preview, Sample, WriteResult
from features.jobs.services import Status

ID = ObjectId("6560a1c2d3e4f5a6b7c8d9e0")
AT = datetime(2026, 11, 20, 10)
LATER = datetime(2026, 11, 20, 11)
DETAILS = {"current": None, "sent_version": 3}
CLASH = engine.Conflict.of_field("code", "Taken.", index=4)
QUERY = engine.Query()
UPDATE = engine.Update(QUERY, engine.Change({"a": 1}))


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (engine.NotFound("None."), {"message": "None.", "errors": []}),
        (CLASH, {"message": "Taken.", "errors": [{"field": "code", "message": "Taken.", "index": 4}]}),
        (engine.Invalid.of_field("é", "No."), {"message": "No.", "errors": [{"field": "é", "message": "No."}]}),
        (engine.Unauthenticated("Who?"), {"message": "Who?", "errors": [], "detail": "Who?"}),
        (engine.Outdated("Old.", details=DETAILS), {"message": "Old.", "errors": [], **DETAILS}),
    ],
)
def test_the_body_of_an_error(error: engine.Error, body: dict[str, Any]) -> None:
    assert render.envelope(error) == {"success": False, **body}


@pytest.mark.parametrize(
    ("total", "page_size", "pages"),
    [(0, 50, 0), (1, 50, 1), (50, 50, 1), (51, 50, 2), (100, 1, 100), (None, 50, None)],
)
def test_a_page_counts_the_pages(total: int | None, page_size: int, pages: int | None) -> None:
    page = engine.Page([{"a": 1}], total, Count.ESTIMATED, next="cursor")
    body = {
        "success": True,
        "data": [{"a": 1}],
        "pagination": {
            "page": 3,
            "page_size": page_size,
            "total_items": total,
            "total_pages": pages,
            "count": "estimated",
        },
    }
    assert render.listed_as_of(page, page=3, page_size=page_size) == body
    assert render.listed(page, page=3, page_size=page_size) == {**body, "next": "cursor"}


def test_the_last_page_and_a_page_after_a_cursor_have_nulls() -> None:
    body = render.listed(engine.Page([], None, Count.NONE), page=None, page_size=50)
    assert (body["next"], body["pagination"]["page"], body["pagination"]["count"]) == (None, None, "none")


@pytest.mark.parametrize(
    ("body", "members"),
    [
        (render.inserted([ID]), {"inserted_ids": [ID]}),
        (render.updated(0), {"modified_count": 0}),
        (render.upserted(WriteResult(2)), {"modified_count": 2, "upserted_id": None}),
        (render.upserted(WriteResult(0, ID)), {"modified_count": 0, "upserted_id": ID}),
        (render.deleted(3), {"count": 3, "deleted_count": 3}),
        (render.document({"_id": ID}), {"data": {"_id": ID}}),
        (render.aggregated([]), {"data": []}),
        (render.index_name("a_1"), {"name": "a_1"}),
        (render.pruned(12), {"forgotten_versions": 12}),
        (render.search_results(VersionPage([{"a": 1}], True)), {"data": [{"a": 1}], "more": True}),
        (
            render.distinct(Distinct([1, "a"], False), field="é"),
            {"field": "é", "values": [1, "a"], "truncated": False},
        ),
        (
            render.preview(Preview(7, [Sample(ID, None, {"a": 1})])),
            {"dry_run": True, "matched_count": 7, "sample": [{"_id": ID, "before": None, "after": {"a": 1}}]},
        ),
    ],
)
def test_a_success_has_its_members(body: Any, members: dict[str, Any]) -> None:
    assert body == {"success": True, **members}


@pytest.mark.parametrize(
    ("operation", "result", "outcome"),
    [
        (engine.Insert({}), WriteResult(1, ID), {"ok": True, "inserted_id": ID}),
        (engine.Delete(QUERY), WriteResult(2), {"ok": True, "deleted_count": 2}),
        (UPDATE, WriteResult(2), {"ok": True, "modified_count": 2}),
        (engine.Update(QUERY, Replacement({})), WriteResult(1), {"ok": True, "modified_count": 1}),
        (
            engine.Update(QUERY, UPDATE.change, upsert=True),
            WriteResult(0, ID),
            {"ok": True, "modified_count": 0, "upserted_id": ID},
        ),
        (
            engine.Update(QUERY, UPDATE.change, upsert=True),
            WriteResult(1),
            {"ok": True, "modified_count": 1, "upserted_id": None},
        ),
        (
            engine.Delete(QUERY),
            CLASH,
            {
                "ok": False,
                "error": {
                    "status": 409,
                    "message": "Taken.",
                    "errors": [{"field": "code", "message": "Taken.", "index": 4}],
                },
            },
        ),
        (
            UPDATE,
            engine.TimedOut("Slow."),
            {"ok": False, "error": {"status": 503, "message": "Slow.", "errors": []}},
        ),
    ],
)
def test_the_outcome_of_an_operation_in_a_bulk(
    operation: Operation, result: WriteResult | engine.Error, outcome: dict[str, Any]
) -> None:
    assert render.bulk_results([engine.Insert({}), operation], [WriteResult(1, ID), result]) == {
        "success": outcome["ok"],
        "results": [{"index": 0, "ok": True, "inserted_id": ID}, {"index": 1, **outcome}],
    }


def test_an_etag_is_strong_and_in_lower_case() -> None:
    assert render.etag(ID, 3) == render.etag(str(ID).upper(), 3) == '"6560a1c2d3e4f5a6b7c8d9e0-3"'


def test_the_states_of_a_document() -> None:
    stamps = {"version": 2, "created": AT, "created_by": "k1", "updated": LATER, "updated_by": "u1"}
    ended = {
        "superseded_at": LATER,
        "superseded_by": "u1",
        "superseded_by_operation": "update",
        "superseded_via": "data",
    }
    page = VersionPage([{"_sys": stamps}, {"_sys": {**stamps, "version": 1, "updated": AT, **ended}}], False)
    assert render.states(page, document_id=ID) == {
        "success": True,
        "document_id": ID,
        "versions": [
            {"version": 2, "from": LATER, "changed_by": "u1", **dict.fromkeys(ended)},
            {"version": 1, "from": AT, "changed_by": "u1", **ended},
        ],
        "more": False,
    }


def test_a_difference_leaves_out_the_side_without_the_field() -> None:
    changes = [Difference("a", ABSENT, None), Difference("b.c", 1, ABSENT), Difference("d", 1, 2)]
    assert render.differences(changes)["changes"] == [
        {"field": "a", "after": None},
        {"field": "b.c", "before": 1},
        {"field": "d", "before": 1, "after": 2},
    ]


def test_events_have_their_tokens_as_text() -> None:
    event = ChangeEvent(Token(255, 2, "82AB"), "users", "delete", ID, None, None, AT)
    assert render.change_events([event], resume_token=Token(256, 0)) == {
        "success": True,
        "events": [
            {
                "collection": "users",
                "operation": "delete",
                "document_id": ID,
                "version": None,
                "actor": None,
                "at": AT,
                "token": "ff-2-82AB",
            }
        ],
        "next": "100-0-",
    }


def test_an_explanation_advises_the_request_that_creates_an_index() -> None:
    plan = {
        "index": None,
        "stage": "COLLSCAN",
        "keys_examined": 0,
        "documents_examined": 900,
        "returned": 2,
        "milliseconds": 4,
    }
    scan = render.explained(Explanation(**plan, advice=(("a", 1), ("b", -1))), database_id="d", collection="users")
    assert scan == {
        "success": True,
        "explain": {
            **plan,
            "advice": {
                "message": "The query reads the whole collection to find few documents. This index avoids that.",
                "method": "POST",
                "path": "/api/indexes",
                "body": {
                    "database_id": "d",
                    "collection_name": "users",
                    "keys": [{"field": "a", "order": 1}, {"field": "b", "order": -1}],
                },
            },
        },
    }
    plain = render.explained(Explanation(**plan), database_id="d", collection="users")
    assert plain == {"success": True, "explain": {**plan, "advice": None}}


INDEX = {
    "name": "a",
    "unique": True,
    "sparse": False,
    "of_schema": False,
    "building": False,
    "size": 20480,
    "uses": 12,
}


@pytest.mark.parametrize(
    ("options", "members"),
    [
        ({}, {}),
        ({"collation": Collation("en", 2)}, {"collation": {"locale": "en", "strength": 2}}),
        ({"text": TextOptions("none", None, {"a": 5})}, {"default_language": "none", "weights": {"a": 5}}),
        (
            {"partial": {"a": 1}, "expires": 0, "since": AT},
            {"partial_filter": {"a": 1}, "expire_after_seconds": 0, "uses_since": AT},
        ),
    ],
)
def test_an_index_has_the_options_of_a_text_index_alone_where_it_is_one(
    options: dict[str, Any], members: dict[str, Any]
) -> None:
    index = Index(**{**INDEX, "keys": (("a", "text"),), "partial": None, "expires": None, "since": None, **options})
    absent = dict.fromkeys(("partial_filter", "expire_after_seconds", "collation", "uses_since"))
    keys = [{"field": "a", "order": "text"}]
    assert render.indexes([index])["indexes"] == [{**INDEX, "keys": keys, **absent, **members}]


def test_a_job_in_the_background_has_the_url_of_its_status(settings: Any) -> None:
    settings.BASE_URL = "https://data.example.com"
    url = "https://data.example.com/api/job_status?job_id=j1"
    assert render.accepted("j1") == {"success": True, "job_id": "j1", "status_url": url}


def test_a_restore_counts_by_collection() -> None:
    counts = {"changed": 12, "deleted": 0, "restored": 1}
    changes = [{"field": "age", "change": "dropped"}]
    status = Status(
        **dict.fromkeys(("database_id", "task", "state", "at", "collection", "message", "kind"), ""),
        **dict.fromkeys(("inserted_count", "done", "total"), 0),
        job_id="j1",
        dry_run=True,
        cancelled=False,
        result={"collections": {"users": {**counts, "schema_changes": changes}, "orders": {}}, "skipped": ["logs"]},
        percent=100.0,
        errors=[],
        created_at=AT,
        finished_at=AT,
    )
    assert render.restored(status) == {
        "success": True,
        "dry_run": True,
        "job_id": "j1",
        "collections": {
            "users": {"changed_count": 12, "deleted_count": 0, "restored_count": 1, "schema_changes": changes},
            "orders": {},
        },
        "skipped": ["logs"],
    }
