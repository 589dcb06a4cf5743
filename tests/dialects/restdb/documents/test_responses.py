"""What a request addresses, and the answers of lists and writes as far as they need no documents."""

from __future__ import annotations

import json
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import QueryDict

import engine
from dialects.restdb.documents import responses
from dialects.restdb.documents.responses import CollectionRequest, present_created, present_written
from dialects.restdb.operations.lists import DisplayOptions, ListRequest
from dialects.restdb.query.groups import Group
from engine.schema import parse_schema

FIELDS = [
    {"name": "name"},
    {"name": "born", "type": "date"},
    {"name": "at", "type": "datetime"},
    {"name": "boss", "type": "reference", "collection": "people"},
]
SCHEMA, _ = parse_schema(FIELDS, limits=engine.Limits())
AT = datetime(2026, 1, 1)
SYSTEM = {"version": 1, "created": AT, "updated": AT, "created_by": "k1", "updated_by": "k1"}
STAMPS = {"_version": 0, "_created": AT, "_changed": AT, "_createdby": "api", "_changedby": "api"}


def target(allowed: frozenset[engine.Action] = engine.DOCUMENT_ACTIONS) -> CollectionRequest:
    spec = engine.CollectionSpec("people", "people", SCHEMA)
    collection: Any = SimpleNamespace(spec=spec, allowed=allowed)
    database: Any = SimpleNamespace(id="none", specs={"people": spec})
    return CollectionRequest(database, collection, "crm", lambda path: True)


def test_a_request_knows_its_schema_and_its_links() -> None:
    request = target()
    assert (request.schema, request.scope.schema) == (SCHEMA, SCHEMA)
    assert request.links is request.links
    assert request.scope.links is request.links
    assert request.scope.path("boss._id") == "boss"


def test_a_context_has_the_options_of_the_request() -> None:
    display = DisplayOptions(flatten=True)
    context = target().context(display, {"name": 1}, single=True)
    assert (context.base, context.display, context.fields, context.single) == ("crm", display, {"name": 1}, True)
    assert (target().context(display).fields, target().context(display).single) == ({}, False)


def test_parameters_of_a_list_are_parsed_in_the_scope_of_the_collection() -> None:
    request = target().list_request(QueryDict("sort=boss._id&sort=_changed&dir=-1&max=5"))
    assert (request.query.sort, request.query.limit) == ((("boss", -1), ("_sys.updated", 1)), 5)
    with pytest.raises(engine.Invalid) as caught:
        target().list_request(QueryDict("max=x&q=[]x"))
    assert [issue.field for issue in caught.value.errors] == ["max", "q"]


@pytest.mark.parametrize(
    ("sent", "base_filter", "expected"),
    [
        ({"a": 1}, None, {"a": 1}),
        ({"a": 1}, {}, {"a": 1}),
        ({}, {"_parent_id": "1"}, {"$and": [{}, {"_parent_id": "1"}]}),
        ({"_parent_id": "2"}, {"_parent_id": "1"}, {"$and": [{"_parent_id": "2"}, {"_parent_id": "1"}]}),
    ],
)
def test_a_base_filter_is_an_additional_condition(
    sent: dict[str, Any], base_filter: dict[str, Any] | None, expected: dict[str, Any]
) -> None:
    query = responses._with_filter(engine.Query(sent, limit=7, root="q"), base_filter)
    assert (query.filter, query.limit, query.root) == (expected, 7, "q")


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        (False, [{"name": "é"}]),
        (True, {"data": [{"name": "é"}], "totals": {"total": 9, "count": 1, "skip": 2, "max": 5}}),
    ],
)
def test_a_list_has_its_totals_in_a_header(totals: bool, expected: Any) -> None:
    query = engine.Query(skip=2, limit=5)
    request = ListRequest(query, DisplayOptions(), totals=totals)
    response = responses._json_list([{"name": "é"}], request, query, total=9, count=1)
    assert json.loads(response.content) == expected
    assert json.loads(response.headers["X-Pagination"]) == {"total": 9, "count": 1, "skip": 2, "max": 5}


def test_a_calendar_date_is_the_same_day_in_every_time_zone() -> None:
    specs = ("$YEAR:born", "$YEAR:at", "name")
    request = ListRequest(engine.Query(), DisplayOptions(), groupby=specs, timezone="Asia/Tokyo")
    assert responses._groups(target(), request) == (
        Group("born", "YYYY", "year", "UTC"),
        Group("at", "YYYY", "year", "Asia/Tokyo"),
        Group("name", timezone="Asia/Tokyo"),
    )


def test_groups_without_links_need_no_further_keys() -> None:
    page: Any = SimpleNamespace(documents=[{"_id": "1"}])
    assert responses._values(target(), page, [Group("name"), Group("boss._id")]) == {}


def test_written_documents_have_their_system_fields() -> None:
    documents = [{"_id": "1", "name": "Joe", "_sys": {**SYSTEM}}, {"_id": "2", "_sys": {"version": 3}}]
    assert present_written(target(), documents) == [
        {"_id": "1", "name": "Joe", **STAMPS},
        {"_id": "2", "_version": 2},
    ]
    assert present_written(target(), []) == []


@pytest.mark.parametrize(
    ("allowed", "document"),
    [(frozenset(), {"boss": None}), (engine.DOCUMENT_ACTIONS, {"name": "Joe"})],
)
def test_new_documents_are_read_again_only_for_links_that_the_caller_may_read(
    allowed: frozenset[engine.Action], document: dict[str, Any]
) -> None:
    """The collection of this test has no documents to read."""
    ids = ["2", "1"]
    presented = present_created(target(allowed), [{"_id": name, **document} for name in ids])
    assert [item["_id"] for item in presented] == ids
