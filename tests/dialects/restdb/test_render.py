"""JSON forms of errors, documents, totals and files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

import engine
from dialects.restdb import render
from engine.errors import Code, Message
from features.files.services import File

CREATED, CHANGED = datetime(2026, 1, 1), datetime(2026, 2, 1)
SYSTEM = {"created": CREATED, "updated": CHANGED, "created_by": "u1", "updated_by": "k2", "version": 3}
STAMPS = {
    "_created": CREATED,
    "_changed": CHANGED,
    "_createdby": "ann@example.com",
    "_changedby": "api",
    "_version": 2,
}
PEOPLE = {"u1": "ann@example.com"}


@pytest.mark.parametrize(
    ("error", "name", "status"),
    [
        (engine.Invalid("No."), "BadRequest", 400),
        (engine.Unauthenticated("No."), "Unauthorized", 401),
        (engine.Forbidden("No."), "Forbidden", 403),
        (engine.NotFound("No."), "NotFound", 404),
        (engine.Conflict("No."), "Conflict", 409),
        (engine.TooLarge("No."), "TooLarge", 413),
        (engine.LimitExceeded("No."), "LimitExceeded", 429),
        (engine.Unavailable("No."), "Unavailable", 503),
    ],
)
def test_an_error_without_fields(error: engine.Error, name: str, status: int) -> None:
    assert render.envelope(error) == {"name": name, "message": "No.", "list": [], "status": status}


def test_an_error_of_fields_names_their_codes_and_indexes() -> None:
    errors = [
        engine.FieldError("name", Message.required(), 0),
        engine.FieldError("größe", Message("Must be a number.", Code.TYPE)),
        engine.FieldError("q", "Must be a JSON object."),
    ]
    assert render.envelope(engine.Invalid("3 errors", errors=errors)) == {
        "name": "ValidationError",
        "message": "3 errors",
        "list": [
            {"field": "name", "message": ["This field is required.", "REQUIRED"], "index": 0},
            {"field": "größe", "message": ["Must be a number.", "TYPE"]},
            {"field": "q", "message": ["Must be a JSON object.", "INVALID"]},
        ],
        "status": 400,
    }


def test_a_conflict_of_a_unique_value_is_a_validation_error() -> None:
    conflict = engine.Conflict.of_field("email", Message("email must be unique.", Code.UNIQUE), index=1)
    error = render.as_validation_error(conflict)
    assert type(error) is engine.Invalid
    assert (error.message, error.errors) == (conflict.message, conflict.errors)


@pytest.mark.parametrize(
    "error",
    [
        engine.Conflict("The collection exists."),
        engine.Outdated("It has changed.", errors=[engine.FieldError("version", "It has changed.")]),
        engine.NotFound.of_field("id", "No."),
        ZeroDivisionError(),
    ],
)
def test_any_other_error_stays(error: Exception) -> None:
    assert render.as_validation_error(error) is error


@pytest.mark.parametrize(
    ("metafields", "expected"),
    [
        (False, {"_id": "1", "name": "Joe"}),
        (True, {"_id": "1", "name": "Joe", "_parent_id": "2", "_parent_field": "staff", **STAMPS}),
    ],
)
def test_system_fields_are_presented_on_request(metafields: bool, expected: dict[str, Any]) -> None:
    item = {"_id": "1", "_parent_id": "2", "_parent_field": "staff", "name": "Joe", "_sys": SYSTEM}
    assert render.document(item, metafields=metafields, people=PEOPLE) == expected


def test_a_document_without_system_fields_has_no_stamps() -> None:
    assert render.document({"_id": "1"}, metafields=True, people={}) == {"_id": "1"}


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ({}, {}),
        ({"version": 1}, {"_version": 0}),
        ({"created_by": "u9", "deleted": 1}, {"_createdby": "api"}),
        ({"updated_by": "u1"}, {"_changedby": "ann@example.com"}),
        (SYSTEM, STAMPS),
    ],
)
def test_only_present_stamps_are_returned(system: dict[str, Any], expected: dict[str, Any]) -> None:
    assert render.stamps(system, people=PEOPLE) == expected


def test_actors_are_the_users_who_created_or_changed_documents() -> None:
    items: list[dict[str, Any]] = [{"_sys": SYSTEM}, {"_sys": {"created_by": "u1"}}, {"_id": "1"}, {"_sys": {}}]
    assert render.actors(items) == {"u1", "k2"}
    assert render.actors([]) == set()


def test_ids_and_totals() -> None:
    assert render.deleted(iter(["1", "2"])) == {"result": ["1", "2"]}
    expected = {"total": None, "count": 2, "skip": 4, "max": 10}
    assert render.totals(total=None, count=2, skip=4, limit=10) == expected


@pytest.mark.parametrize(
    ("sizes", "people", "expected"),
    [
        ((9, 7), PEOPLE, {"_createdby": "ann@example.com", "width": 9, "height": 7}),
        ((None, None), {}, {"_createdby": "api"}),
        ((None, None), None, {"_createdby": "api"}),
    ],
)
def test_a_file(sizes: tuple[int | None, int | None], people: Any, expected: dict[str, Any]) -> None:
    file = File("f1", "é.png", "image/png", 91, CREATED, "u1", *sizes, exif={"Make": "X"})
    record = {"_id": "f1", "_created": CREATED, "app": "", "origname": "é.png", "file": "f1"}
    record |= {"mediatype": "image/png", "size": 91, "exif": {"Make": "X"}}
    assert render.media(file, people=people) == record | expected
