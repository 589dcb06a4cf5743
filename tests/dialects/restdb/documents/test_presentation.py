"""The steps that present documents, and their order. Their results in answers: the tests of the views."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import engine
from dialects.restdb.documents import presentation
from dialects.restdb.documents.presentation import STEPS, PresentationContext, present
from dialects.restdb.operations.lists import DisplayOptions
from engine.schema import parse_schema

ID, BOSS, CREATED = "60c72b2f9b1d8b1a2d3e4567", "60c72b2f9b1d8b1a2d3e4568", "2026-01-01T00:00:00Z"
SYSTEM = {"version": 3, "created": CREATED}
FIELDS = [
    {"name": "name"},
    {"name": "boss", "type": "reference", "collection": "people"},
    {"name": "title", "template": "{{name}} of {{boss.name}}"},
]


def _context(declared: list[dict[str, Any]] = FIELDS, **values: Any) -> PresentationContext:
    schema, errors = parse_schema(declared, limits=engine.Limits(), strict=False)
    assert errors == []
    spec = engine.CollectionSpec("people", "people", schema, history=True)
    handle: Any = SimpleNamespace(spec=spec)
    database: Any = SimpleNamespace(id="none", specs={})
    return PresentationContext(database, handle, "crm", lambda path: not path.startswith("media"), **values)


def _document() -> dict[str, Any]:
    boss = {"_id": BOSS, "name": "Ann", "boss": None, "_sys": SYSTEM}
    return {"_id": ID, "name": "Joe", "boss": boss, "in": {"a": {"b": 1}}, "_sys": SYSTEM}


def test_the_order_of_the_steps() -> None:
    assert [step.__name__ for step in STEPS] == [
        *("add_children", "replace_media_ids", "embed_links", "project_links"),
        *("compute_fields", "convert_system_fields", "flatten", "add_referencing"),
    ]
    assert all(getattr(presentation, step.__name__) is step for step in STEPS)


def test_a_document_without_options() -> None:
    boss = {"_id": BOSS, "name": "Ann", "boss": None}
    expected = {"_id": ID, "name": "Joe", "boss": [boss], "in": {"a": {"b": 1}}, "title": "Joe of Ann"}
    assert present([_document()], _context()) == [expected]


def test_flattening_comes_after_every_other_member() -> None:
    (document,) = present([_document()], _context(display=DisplayOptions(flatten=True)))
    assert document == {
        **{"_id": ID, "name": "Joe", "in.a.b": 1, "title": "Joe of Ann"},
        **{"boss._id": BOSS, "boss.name": "Ann", "boss.boss": None},
    }


def test_addresses_instead_of_linked_documents(settings: Any) -> None:
    settings.BASE_URL = "https://example.com"
    document = _document() | {"boss": BOSS}
    (document,) = present([document], _context(display=DisplayOptions(idtolink=True)))
    assert document["boss"] == [f"https://example.com/db/crm/rest/people/{BOSS}"]


@pytest.mark.parametrize(
    ("display", "fields"),
    [(DisplayOptions(metafields=True), {}), (DisplayOptions(), {"name": 1, "_sys.version": 1})],
)
def test_system_fields_are_those_of_the_dialect(display: DisplayOptions, fields: dict[str, int]) -> None:
    (document,) = present([_document()], _context([{"name": "name"}], display=display, fields=fields))
    assert (document["_version"], document["_created"]) == (2, CREATED)
    assert "_sys" not in document


def test_the_projection_cuts_linked_documents() -> None:
    (document,) = present([_document()], _context(fields={"boss.name": 1}))
    assert document["boss"] == [{"name": "Ann"}]


@pytest.mark.parametrize("step", [step for step in STEPS if step is not presentation.convert_system_fields])
def test_a_step_without_its_option_changes_nothing(step: Any) -> None:
    documents = [{"_id": ID, "name": "Joe"}]
    assert step(documents, _context([{"name": "name"}])) == [{"_id": ID, "name": "Joe"}]
